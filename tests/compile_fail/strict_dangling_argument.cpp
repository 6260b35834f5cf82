// SPDX-License-Identifier: MIT
// flags: strict
// expect-clang: used as value of local variable 'greeting' will be destroyed
// expect-gcc: compiles

#include <patio/core/async.hpp>

#include <string>

patio::async<> greet(const std::string& name) {
    (void)name;
    co_return;
}

patio::async<> late() {
    auto greeting = greet(std::string{"a name"});  // the string dies here
    co_await std::move(greeting);
}
