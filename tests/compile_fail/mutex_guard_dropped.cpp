// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: a guard that is dropped unlocks at once: give it a name
// expect-gcc: compiles
#include <patio/core/async.hpp>
#include <patio/core/sync/mutex.hpp>

patio::async<> program() {
    patio::mutex m;
    co_await m.lock();
}
