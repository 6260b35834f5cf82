// SPDX-License-Identifier: MIT
// expect-clang: this result cannot come back from another loop: it is bound to that one
// expect-gcc: this result cannot come back from another loop: it is bound to that one
#include <patio/core/task_group.hpp>
#include <patio/io/call_on.hpp>

patio::async<> work() { co_return; }

patio::async<patio::task<>> start() { co_return patio::create_task(work()); }

patio::async<> program() { co_await patio::call_on(patio::loop_at(1), start); }
