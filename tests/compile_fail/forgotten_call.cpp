// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: ignoring .*a coroutine does nothing until it is awaited: write co_await
// expect-gcc: ignoring .*a coroutine does nothing until it is awaited: write co_await

#include <patio/core/async.hpp>

patio::async<> greet() { co_return; }

patio::async<> careless() {
    greet();
    co_return;
}
