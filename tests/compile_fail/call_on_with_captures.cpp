// SPDX-License-Identifier: MIT
// expect-clang: a function that runs on another loop must not capture anything
// expect-gcc: a function that runs on another loop must not capture anything
#include <patio/io/call_on.hpp>

patio::async<> program() {
    int count = 0;
    const auto increment = [&count]() -> patio::async<> {
        ++count;
        co_return;
    };
    co_await patio::call_on(patio::loop_at(1), increment);
}
