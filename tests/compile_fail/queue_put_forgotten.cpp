// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: putting needs co_await:
// expect-gcc: putting needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/queue.hpp>

patio::async<> program() {
    patio::queue<int> q{1};
    q.put(1);
    co_return;
}
