// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: task 'nap' belongs to loop 1 and was touched from the thread that
// expect-stderr:  runs loop 2:
// expect-stderr: ^  in task 'wait_there', spawned at awaited_from_another_loop\.cpp:\d+:$

#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <thread>

namespace {

using namespace std::chrono_literals;

patio::async<> nap() { co_await patio::sleep(1h); }

patio::async<> wait_there(const patio::task<>& stranger) { co_await stranger; }

}  // namespace

int main() {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(nap());
    loop.run_until_idle();
    std::thread{[&] { patio::testing::run(wait_there(task)); }}.join();
}
