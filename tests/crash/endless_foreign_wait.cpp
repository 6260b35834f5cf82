// SPDX-License-Identifier: MIT
// What cannot be cancelled is waited for; what will never end either must not hang the program
// silently.
//
// expect-status: SIGABRT
// expect-stderr: ^patio: the program ends, but 1 task waits for something that does not end and
// expect-stderr:  cannot be cancelled: 'wait_for_stranger' at endless_foreign_wait\.cpp:24$

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <coroutine>

namespace {

/// An awaitable that nobody will ever resume.
struct stranger {
    static bool await_ready() noexcept { return false; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    static void await_resume() noexcept {}
};

patio::async<> wait_for_stranger() { co_await stranger{}; }

patio::async<> leave_it_behind() {
    patio::create_task(wait_for_stranger());
    co_await patio::yield();
}

}  // namespace

int main() { patio::testing::run(leave_it_behind()); }
