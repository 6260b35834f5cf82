// SPDX-License-Identifier: MIT
// expect-clang: a pointer means nothing in another process
// expect-gcc: a pointer means nothing in another process
#include <patio/io/process_pool.hpp>

int length(const char* text);

patio::async<int> program(patio::process_pool& pool) {
    const int result = co_await pool.run(length, "text");
    co_return result;
}
