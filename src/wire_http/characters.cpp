// SPDX-License-Identifier: MIT

#include "characters.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace patio::wire::http {

namespace {

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

/// The index of the first control character among eight bytes; 8 if there is none.
///
/// The mask marks what is below 0x20 (the tab as well) or 0x7f by the highest bit of its byte. The
/// subtractions borrow from the byte above one that is marked, so only the lowest mark is certain.
std::size_t find_in_word(const char* bytes) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    const std::uint64_t below = (word - each * 0x20) & ~word;
    const std::uint64_t deletes = word ^ (each * 0x7f);
    const std::uint64_t mask = (below | ((deletes - each) & ~deletes)) & (each * 0x80);
    if (mask == 0) return word_bytes;
    if constexpr (std::endian::native == std::endian::little) {
        const auto first = static_cast<std::size_t>(std::countr_zero(mask)) / 8;
        if (bytes[first] != '\t') return first;
    }
    std::size_t i = 0;
    while (i < word_bytes && !is_control(bytes[i]))
        ++i;
    return i;
}

}  // namespace

std::size_t find_control(std::string_view text) noexcept {
    std::size_t index = 0;
    for (; text.size() - index >= word_bytes; index += word_bytes) {
        const std::size_t found = find_in_word(text.data() + index);
        if (found != word_bytes) return index + found;
    }
    while (index < text.size() && !is_control(text[index]))
        ++index;
    return index;
}

}  // namespace patio::wire::http
