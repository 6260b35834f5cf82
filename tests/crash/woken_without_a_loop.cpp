// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: task 'wait_for_it' belongs to loop 1 and was touched from a thread that
// expect-stderr:  runs no loop: what belongs to a loop is for its thread alone;
// expect-stderr:  from elsewhere call its loop_handle::post$

#include <patio/core/sync/event.hpp>
#include <patio/testing/run.hpp>

#include <thread>

namespace {

patio::async<> wait_for_it(patio::event& happened) { co_await happened.wait(); }

}  // namespace

int main() {
    patio::event happened;
    patio::testing::test_loop loop;
    loop.spawn(wait_for_it(happened));
    loop.run_until_idle();
    std::thread{[&] { happened.set(); }}.join();
}
