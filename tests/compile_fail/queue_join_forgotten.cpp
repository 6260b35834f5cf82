// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: joining needs co_await:
// expect-gcc: joining needs co_await:
#include <patio/core/async.hpp>
#include <patio/core/sync/queue.hpp>

patio::async<> program() {
    patio::queue<int> q{1};
    q.join();
    co_return;
}
