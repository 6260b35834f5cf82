// SPDX-License-Identifier: MIT

#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace patio::wire::ws {

namespace {

// Each state is the place of its six bits in a row. What is not said leads to `reject`, which is 0
// and leads to itself.
constexpr unsigned reject = 0;
constexpr unsigned accept = utf8_validator::accept;
constexpr unsigned one_more = 12;  // 80..BF, then the character is complete
constexpr unsigned two_more = 18;
constexpr unsigned three_more = 24;
constexpr unsigned after_e0 = 30;  // A0..BF: anything lower would be overlong
constexpr unsigned after_ed = 36;  // 80..9F: anything higher would be a surrogate
constexpr unsigned after_f0 = 42;  // 90..BF: anything lower would be overlong
constexpr unsigned after_f4 = 48;  // 80..8F: anything higher would be beyond U+10FFFF

struct transition {
    unsigned from;
    unsigned first;
    unsigned last;
    unsigned to;
};

constexpr transition transitions[] = {
    {accept, 0x00, 0x7f, accept},     {accept, 0xc2, 0xdf, one_more},
    {accept, 0xe0, 0xe0, after_e0},   {accept, 0xe1, 0xec, two_more},
    {accept, 0xed, 0xed, after_ed},   {accept, 0xee, 0xef, two_more},
    {accept, 0xf0, 0xf0, after_f0},   {accept, 0xf1, 0xf3, three_more},
    {accept, 0xf4, 0xf4, after_f4},   {one_more, 0x80, 0xbf, accept},
    {two_more, 0x80, 0xbf, one_more}, {three_more, 0x80, 0xbf, two_more},
    {after_e0, 0xa0, 0xbf, one_more}, {after_ed, 0x80, 0x9f, one_more},
    {after_f0, 0x90, 0xbf, two_more}, {after_f4, 0x80, 0x8f, two_more},
};

constexpr std::array<std::uint64_t, 256> make_rows() {
    std::array<std::uint64_t, 256> rows{};
    for (const transition& each : transitions) {
        for (unsigned byte = each.first; byte <= each.last; ++byte)
            rows[byte] |= std::uint64_t{each.to} << each.from;
    }
    return rows;
}

constexpr std::array<std::uint64_t, 256> rows = make_rows();
constexpr std::size_t ascii_block_bytes = 16;

bool is_ascii_block(const std::byte* bytes) noexcept {
    std::uint64_t words[2];
    std::memcpy(words, bytes, sizeof words);
    return ((words[0] | words[1]) & 0x8080808080808080U) == 0;
}

std::uint64_t step(std::uint64_t state, std::byte byte) noexcept {
    return rows[std::to_integer<std::size_t>(byte)] >> (state & 63);
}

}  // namespace

std::size_t utf8_validator::check(byte_view bytes) noexcept {
    const std::byte* data = bytes.data();
    const std::size_t size = bytes.size();
    for (std::size_t index = 0; index < size;) {
        const std::size_t count = std::min(ascii_block_bytes, size - index);
        if (count == ascii_block_bytes && state_ == accept && is_ascii_block(data + index)) {
            index += count;
            continue;
        }
        std::uint64_t state = state_;
        for (std::size_t i = 0; i < count; ++i)
            state = step(state, data[index + i]);
        if ((state & 63) == reject) {
            // Which byte it was is asked once: the walk above has no branch for it.
            while ((step(state_, data[index]) & 63) != reject)
                state_ = static_cast<std::uint8_t>(step(state_, data[index++]) & 63);
            state_ = reject;
            return index;
        }
        state_ = static_cast<std::uint8_t>(state & 63);
        index += count;
    }
    return size;
}

bool utf8_validator::is_valid(byte_view text) noexcept {
    utf8_validator validator;
    return validator.check(text) == text.size() && validator.is_complete();
}

}  // namespace patio::wire::ws
