// SPDX-License-Identifier: MIT
// expect-clang: this takes a function that makes a coroutine, and its arguments
// expect-gcc: this takes a function that makes a coroutine, and its arguments
#include <patio/io/call_on.hpp>

int add(int a, int b) { return a + b; }

patio::async<> program() { co_await patio::call_on(patio::loop_at(1), add, 3, 4); }
