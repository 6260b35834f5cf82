// SPDX-License-Identifier: MIT
// expect-clang: a function that runs on another loop must not capture anything
// expect-gcc: a function that runs on another loop must not capture anything
#include <patio/io/call_on.hpp>

patio::async<> program(int port) {
    const auto serve = [port]() -> patio::async<> { co_return; };
    co_await patio::on_each_loop(serve);
}
