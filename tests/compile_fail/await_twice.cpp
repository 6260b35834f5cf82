// SPDX-License-Identifier: MIT
// expect-clang: a coroutine is awaited once: write co_await std::move\(x\)
// expect-gcc: a coroutine is awaited once: write co_await std::move\(x\)

#include <patio/core/async.hpp>

patio::async<> greet() { co_return; }

patio::async<> twice() {
    auto greeting = greet();
    co_await greeting;
    co_await greeting;
}
