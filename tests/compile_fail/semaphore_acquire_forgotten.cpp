// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: acquiring needs co_await:
// expect-gcc: acquiring needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/semaphore.hpp>

patio::async<> program() {
    patio::semaphore seats{1};
    seats.acquire();
    co_return;
}
