// SPDX-License-Identifier: MIT
// expect-clang: run\(\) takes a coroutine, main\(\) or std::move\(made\)
// expect-gcc: run\(\) takes a coroutine, main\(\) or std::move\(made\)

#include <patio/testing/run.hpp>

int add(int a, int b) { return a + b; }

void start() { patio::testing::run(add(3, 4)); }
