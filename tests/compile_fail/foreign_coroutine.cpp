// SPDX-License-Identifier: MIT
// expect-clang: Patio's awaitables can be awaited in patio::async<…> coroutines only
// expect-gcc: Patio's awaitables can be awaited in patio::async<…> coroutines only

#include <patio/core/sleep.hpp>

struct other {
    struct promise_type {
        other get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
};

other sleeper() { co_await patio::sleep(patio::duration::seconds(1)); }
