// SPDX-License-Identifier: MIT
// expect-clang: a view means nothing in another process
// expect-gcc: a view means nothing in another process
#include <patio/io/process_pool.hpp>

#include <string_view>

std::string_view first_word(const std::string& text);

patio::async<> program(patio::process_pool& pool) {
    const std::string text = "two words";
    const auto word = co_await pool.run(first_word, text);
    static_cast<void>(word);
}
