// SPDX-License-Identifier: MIT
#pragma once

// Long texts in which a piece that is missing, doubled or misplaced shows.

#include <cstddef>
#include <cstdint>
#include <string>

namespace patio::test_support {

/// Every 64 bytes begin with their number.
inline std::string numbered_text(std::size_t size) {
    std::string text(size, '.');
    for (std::size_t at = 0; at < size; at += 64) {
        std::size_t number = at / 64;
        for (std::size_t i = at; i < at + 10 && i < size; ++i, number /= 10)
            text[i] = static_cast<char>('0' + number % 10);
    }
    return text;
}

}  // namespace patio::test_support
