// SPDX-License-Identifier: MIT

#include "sha1.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace patio::wire::ws {

namespace {

constexpr std::size_t sha1_block_bytes = 64;
using sha1_state = std::array<std::uint32_t, 5>;

std::uint32_t load(const std::byte* bytes) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

void add_block(sha1_state& hash, const std::byte* block) noexcept {
    std::array<std::uint32_t, 80> words;
    for (std::size_t t = 0; t < 16; ++t)
        words[t] = load(block + 4 * t);
    for (std::size_t t = 16; t < 80; ++t)
        words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);

    auto [a, b, c, d, e] = hash;
    for (std::size_t t = 0; t < 80; ++t) {
        std::uint32_t mix = 0;
        if (t < 20) {
            mix = ((b & c) | (~b & d)) + 0x5a827999U;
        } else if (t < 40) {
            mix = (b ^ c ^ d) + 0x6ed9eba1U;
        } else if (t < 60) {
            mix = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcU;
        } else {
            mix = (b ^ c ^ d) + 0xca62c1d6U;
        }
        const std::uint32_t next = std::rotl(a, 5) + mix + e + words[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    hash = {hash[0] + a, hash[1] + b, hash[2] + c, hash[3] + d, hash[4] + e};
}

}  // namespace

sha1_digest sha1(byte_view bytes) noexcept {
    sha1_state hash{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
    byte_view rest = bytes;
    for (; rest.size() >= sha1_block_bytes; rest = rest.from(sha1_block_bytes))
        add_block(hash, rest.data());

    // The last bytes, a one bit, zeros, and the count of bits: one block or two.
    std::array<std::byte, 2 * sha1_block_bytes> end{};
    if (!rest.empty()) std::memcpy(end.data(), rest.data(), rest.size());
    end[rest.size()] = std::byte{0x80};
    const std::size_t end_bytes =
        rest.size() < sha1_block_bytes - 8 ? sha1_block_bytes : 2 * sha1_block_bytes;
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (std::size_t i = 0; i < 8; ++i)
        end[end_bytes - 1 - i] = static_cast<std::byte>(bits >> (8 * i) & 0xff);
    for (std::size_t index = 0; index < end_bytes; index += sha1_block_bytes)
        add_block(hash, end.data() + index);

    sha1_digest digest;
    for (std::size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<std::byte>(hash[i / 4] >> (8 * (3 - i % 4)) & 0xff);
    return digest;
}

}  // namespace patio::wire::ws
