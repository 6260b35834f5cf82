// SPDX-License-Identifier: MIT
// label: threads
// expect-status: SIGABRT
// expect-stderr: ^patio: a coroutine was resumed on a thread that does not run its loop:
// expect-stderr:  must go through loop_handle::post$

#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <coroutine>
#include <thread>

namespace {

using namespace std::chrono_literals;

/// What other coroutine libraries do.
struct on_new_thread {
    static bool await_ready() noexcept { return false; }
    static void await_suspend(std::coroutine_handle<> waiter) {
        std::thread{[waiter] { waiter.resume(); }}.join();
    }
    static void await_resume() noexcept {}
};

patio::async<> nap() { co_await patio::sleep(1s); }
patio::async<> change_threads() {
    co_await on_new_thread{};
    co_await nap();
}

}  // namespace

int main() { patio::testing::run(change_threads()); }
