// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: used as value of local variable 'work' will be destroyed
// expect-gcc: compiles

#include <patio/core/async.hpp>

#include <string>

patio::async<> late(std::string name) {
    auto work = [name]() -> patio::async<> {  // the lambda dies at the semicolon, its frame refers to it
        (void)name;
        co_return;
    }();
    co_await std::move(work);
}
