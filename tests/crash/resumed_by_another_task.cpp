// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a coroutine was resumed outside of its task's step:
// expect-stderr:  must not resume coroutines itself, but wake their task$
// expect-stderr: ^  in task 'resume_it'

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <coroutine>

namespace {

using namespace std::chrono_literals;

std::coroutine_handle<> waiter;

struct stranger {
    static bool await_ready() noexcept { return false; }
    static void await_suspend(std::coroutine_handle<> handle) noexcept { waiter = handle; }
    static void await_resume() noexcept {}
};

patio::async<> wait_for_stranger() {
    co_await stranger{};
    co_await patio::sleep(1s);
}
patio::async<> resume_it() {
    co_await patio::yield();
    waiter.resume();
}
patio::async<> both() { co_await patio::gather(wait_for_stranger(), resume_it()); }

}  // namespace

int main() { patio::testing::run(both()); }
