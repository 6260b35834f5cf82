// SPDX-License-Identifier: MIT
// expect-clang: this type cannot travel between processes: write write_bytes
// expect-gcc: this type cannot travel between processes: write write_bytes
#include <patio/io/process_pool.hpp>

struct person {
    std::string name;
};

void greet(const person& guest);

patio::async<> program(patio::process_pool& pool) {
    const person guest{"Ada"};
    co_await pool.run(greet, guest);
}
