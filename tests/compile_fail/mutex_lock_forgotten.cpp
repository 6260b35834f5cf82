// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: locking needs co_await:
// expect-gcc: locking needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/mutex.hpp>

patio::async<> program() {
    patio::mutex m;
    m.lock();
    co_return;
}
