// SPDX-License-Identifier: MIT
// expect-clang: run\(\) takes a coroutine, main\(\) or std::move\(made\)
// expect-gcc: run\(\) takes a coroutine, main\(\) or std::move\(made\)

#include <patio/io/run.hpp>

patio::async<> greet() { co_return; }

void start() {
    auto greeting = greet();
    patio::run(greeting);
}
