// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: task 'wait_for_it' belongs to loop 1 and was touched from the thread that
// expect-stderr:  runs loop 2:
// expect-stderr: ^  in task 'set_it', spawned at woken_from_another_loop\.cpp:\d+:$
// expect-stderr: ^    set_it, running, defined at

#include <patio/core/sync/event.hpp>
#include <patio/testing/run.hpp>

#include <thread>

namespace {

patio::async<> wait_for_it(patio::event& happened) { co_await happened.wait(); }

patio::async<> set_it(patio::event& happened) {
    happened.set();
    co_return;
}

}  // namespace

int main() {
    patio::event happened;
    patio::testing::test_loop loop;
    loop.spawn(wait_for_it(happened));
    loop.run_until_idle();
    std::thread{[&] { patio::testing::run(set_it(happened)); }}.join();
}
