// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: waiting needs co_await:
// expect-gcc: waiting needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/event.hpp>

patio::async<> program() {
    patio::event ready;
    ready.wait();
    co_return;
}
