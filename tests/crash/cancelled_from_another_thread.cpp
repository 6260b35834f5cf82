// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: task 'nap' belongs to loop 1 and was touched from a thread
// expect-stderr:  that runs no loop

#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <thread>

namespace {

using namespace std::chrono_literals;

patio::async<> nap() { co_await patio::sleep(1h); }

}  // namespace

int main() {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(nap());
    loop.run_until_idle();
    std::thread{[&] { task.cancel(); }}.join();
}
