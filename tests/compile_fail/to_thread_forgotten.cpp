// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: a function goes to its thread when it is awaited:
// expect-gcc: a function goes to its thread when it is awaited:
#include <patio/core/async.hpp>
#include <patio/io/to_thread.hpp>

patio::async<> program() {
    patio::to_thread([] {});
    co_return;
}
