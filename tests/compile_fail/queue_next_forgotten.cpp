// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: getting needs co_await:
// expect-gcc: getting needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/queue.hpp>

patio::async<> program() {
    patio::queue<int> q{1};
    q.next();
    co_return;
}
