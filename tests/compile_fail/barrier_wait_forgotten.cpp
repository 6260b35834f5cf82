// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: waiting needs co_await:
// expect-gcc: waiting needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/barrier.hpp>

patio::async<> program() {
    patio::barrier gate{2};
    gate.wait();
    co_return;
}
