// SPDX-License-Identifier: MIT

#include "characters.hpp"

#include <cstring>

namespace patio::wire::http {

namespace {

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// Whether one of eight bytes may be one: below 0x20 (the tab as well), or 0x7f. The two formulas
/// are exact as long as one asks only "any?", not "which?".
bool may_have_control(std::uint64_t word) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    const std::uint64_t below = (word - each * 0x20) & ~word;
    const std::uint64_t deletes = word ^ (each * 0x7f);
    return ((below | ((deletes - each) & ~deletes)) & (each * 0x80)) != 0;
}

}  // namespace

std::size_t find_control(std::string_view text) noexcept {
    std::size_t index = 0;
    for (; text.size() - index >= sizeof(std::uint64_t); index += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + index, sizeof word);
        if (!may_have_control(word)) continue;
        for (std::size_t i = index; i < index + sizeof word; ++i)
            if (is_control(text[i])) return i;
    }
    while (index < text.size() && !is_control(text[index]))
        ++index;
    return index;
}

}  // namespace patio::wire::http
