// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: ignoring .*sleeping needs co_await: co_await patio::sleep
// expect-gcc: ignoring .*sleeping needs co_await: co_await patio::sleep

#include <patio/core/async.hpp>
#include <patio/core/sleep.hpp>

patio::async<> pause() {
    patio::sleep(patio::duration::seconds(1));
    co_return;
}
