// SPDX-License-Identifier: MIT
#pragma once

// What a WebSocket server cannot do without (RFC 6455), by hand: the answer to a key, masks, and a
// look whether a text is UTF-8.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace floor_of {

/// FIPS 180-4, of a short text.
inline std::array<unsigned char, 20> sha1(std::string text) {
    const std::uint64_t bits = text.size() * 8;
    text += '\x80';
    while (text.size() % 64 != 56)
        text += '\0';
    for (int shift = 56; shift >= 0; shift -= 8)
        text += static_cast<char>(bits >> shift & 0xff);
    std::array<std::uint32_t, 5> sum{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (std::size_t block = 0; block < text.size(); block += 64) {
        std::array<std::uint32_t, 80> words{};
        for (std::size_t i = 0; i < 64; ++i)
            words[i / 4] = words[i / 4] << 8 | static_cast<unsigned char>(text[block + i]);
        for (std::size_t i = 16; i < 80; ++i)
            words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        auto [a, b, c, d, e] = sum;
        for (std::size_t i = 0; i < 80; ++i) {
            std::uint32_t mixed = (b & c) | (~b & d);
            if (i >= 20) mixed = b ^ c ^ d;
            if (i >= 40 && i < 60) mixed = (b & c) | (b & d) | (c & d);
            constexpr std::uint32_t constants[]{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
            const std::uint32_t next = std::rotl(a, 5) + mixed + e + constants[i / 20] + words[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        const std::array<std::uint32_t, 5> found{a, b, c, d, e};
        for (std::size_t i = 0; i < 5; ++i)
            sum[i] += found[i];
    }
    std::array<unsigned char, 20> bytes{};
    for (std::size_t i = 0; i < 20; ++i)
        bytes[i] = static_cast<unsigned char>(sum[i / 4] >> (24 - i % 4 * 8) & 0xff);
    return bytes;
}

/// What the server answers to a key: section 4.2.2.
inline std::string accept_for(std::string_view key) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto sum = sha1(std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    std::string made;
    for (std::size_t i = 0; i < sum.size(); i += 3) {
        const bool has_third = i + 2 < sum.size();  // 20 bytes are six times three, and two
        const unsigned group =
            unsigned{sum[i]} << 16 | unsigned{sum[i + 1]} << 8 | (has_third ? sum[i + 2] : 0u);
        for (const unsigned shift : {18u, 12u, 6u, 0u})
            made += letters[group >> shift & 63];
    }
    made.back() = '=';
    return made;
}

/// Section 5.3.
inline void unmask(char* bytes, std::size_t size, const char* key) {
    std::uint64_t wide = 0;
    std::memcpy(&wide, key, 4);
    std::memcpy(reinterpret_cast<char*>(&wide) + 4, key, 4);
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + i, 8);
        word ^= wide;
        std::memcpy(bytes + i, &word, 8);
    }
    for (; i < size; ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ key[i % 4]);
}

/// Whether a text is UTF-8, part by part: RFC 3629 section 4.
class utf8_check {
public:
    /// False if no end of the text can make it right.
    bool take(const char* bytes, std::size_t size) {
        constexpr std::uint64_t high_bits = 0x8080808080808080;
        for (std::size_t i = 0; i < size; ++i) {
            std::uint64_t word = 0;
            while (missing_ == 0 && i + 8 <= size) {
                std::memcpy(&word, bytes + i, 8);
                if ((word & high_bits) != 0) break;
                i += 8;
            }
            if (i < size && !take_byte(static_cast<unsigned char>(bytes[i]))) return false;
        }
        return true;
    }
    [[nodiscard]] bool is_whole() const { return missing_ == 0; }

private:
    bool take_byte(unsigned char byte) {
        if (missing_ > 0) {
            const bool is_right = low_ <= byte && byte <= high_;
            --missing_;
            low_ = 0x80;
            high_ = 0xbf;
            return is_right;
        }
        if (byte < 0x80) return true;
        if (byte < 0xc2 || byte > 0xf4) return false;
        missing_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        if (byte == 0xe0) low_ = 0xa0;  // shorter forms of the same character,
        if (byte == 0xf0) low_ = 0x90;
        if (byte == 0xed) high_ = 0x9f;  // surrogates,
        if (byte == 0xf4) high_ = 0x8f;  // and what lies beyond U+10FFFF
        return true;
    }

    int missing_ = 0;
    unsigned char low_ = 0x80;
    unsigned char high_ = 0xbf;
};

}  // namespace floor_of
