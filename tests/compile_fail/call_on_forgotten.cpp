// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: a call needs co_await: co_await call_on\(…\)
// expect-gcc: a call needs co_await: co_await call_on\(…\)
#include <patio/io/call_on.hpp>

patio::async<> work() { co_return; }

patio::async<> program() {
    patio::call_on(patio::loop_at(1), work);
    co_return;
}
