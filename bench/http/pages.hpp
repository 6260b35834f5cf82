// SPDX-License-Identifier: MIT
#pragma once

// What every server of the HTTP benchmarks answers; `suite_http.py` has the same texts.

#include <cstddef>
#include <string>
#include <string_view>

namespace pages {

inline constexpr std::string_view plaintext = "Hello, World!";

/// A document of 1 KiB.
inline std::string make_json() {
    constexpr std::size_t size = 1024;
    std::string made = R"({"message":")";
    made.append(size - made.size() - 2, 'x');
    return made + R"("})";
}

inline const std::string json = make_json();

}  // namespace pages
