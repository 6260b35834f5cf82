// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: waiting needs co_await:
// expect-gcc: waiting needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/condition.hpp>

patio::async<> program() {
    patio::mutex m;
    patio::condition changed;
    auto guard = co_await m.lock();
    changed.wait(guard);
    co_return;
}
