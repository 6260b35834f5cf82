// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: a task group belongs to loop 1 and was touched from the thread
// expect-stderr:  that runs loop 2:

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <thread>

namespace {

using namespace std::chrono_literals;

patio::task_group* shared = nullptr;

patio::async<> share_group() {
    auto body = [](patio::task_group& group) -> patio::async<> {
        shared = &group;
        co_await patio::sleep(1h);
    };
    co_await patio::with_task_group(body);
}
patio::async<> nothing() { co_return; }
patio::async<> spawn_there() {
    shared->spawn(nothing());
    co_return;
}

}  // namespace

int main() {
    patio::testing::test_loop loop;
    loop.spawn(share_group());
    loop.run_until_idle();
    std::thread{[] { patio::testing::run(spawn_there()); }}.join();
}
