// SPDX-License-Identifier: MIT
// expect-clang: what a function in another process changes is not changed here
// expect-gcc: what a function in another process changes is not changed here
#include <patio/io/process_pool.hpp>

void sort(std::vector<int>& numbers);

patio::async<> program(patio::process_pool& pool) {
    std::vector<int> numbers{3, 1, 2};
    co_await pool.run(sort, numbers);
}
