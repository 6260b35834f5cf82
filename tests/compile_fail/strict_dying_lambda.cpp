// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: used as value of local variable 'work' will be destroyed
// expect-gcc: compiles

#include <patio/core/async.hpp>

#include <string>

patio::async<> late(std::string name) {
    // The lambda dies at the semicolon, and the coroutine's frame refers to it.
    auto work = [name]() -> patio::async<> {
        (void)name;
        co_return;
    }();
    co_await std::move(work);
}
