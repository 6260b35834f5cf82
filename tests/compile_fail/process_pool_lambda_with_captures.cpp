// SPDX-License-Identifier: MIT
// expect-clang: a process_pool runs functions and lambdas without captures
// expect-gcc: a process_pool runs functions and lambdas without captures
#include <patio/io/process_pool.hpp>

patio::async<int> program(patio::process_pool& pool, int number) {
    const auto twice = [number] { return 2 * number; };
    const int result = co_await pool.run(twice);
    co_return result;
}
