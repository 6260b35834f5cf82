// SPDX-License-Identifier: MIT
#pragma once

// From addresses to functions and lines.

#include <patio/base/config.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace patio::debug {

struct symbol {
    std::string function;  ///< demangled, without a coroutine's clone suffix; empty if not known
    std::string file;      ///< without its folders; empty if not known
    int line = 0;
};

/// The functions at return addresses, as `backtrace()` gives them, innermost first. An address of
/// inlined code gives several.
/// **Cost** reads the program's debug information the first time.
PATIO_EXPORT std::vector<symbol> symbolise(void* const* addresses, std::size_t count);

/// "function at file.cpp:12".
PATIO_EXPORT std::string symbol_words(const symbol& one);

/// A function's name as people say it: without parameters, templates' "[with …]" and clone
/// suffixes.
PATIO_EXPORT std::string tidy_function(const std::string& demangled);

}  // namespace patio::debug
