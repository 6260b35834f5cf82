// SPDX-License-Identifier: MIT

#include "mask.hpp"

#include <cstdint>
#include <cstring>

namespace patio::wire::ws {

namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::size_t words_per_step = 4;

/// Four words a turn: g++ 12 does not vectorise a loop of unknown length at -O2, and this shape is
/// one that both compilers turn into wide stores. `source` may be `target`.
void apply(const std::byte* source, std::byte* target, std::size_t size, mask_key key) noexcept {
    std::byte doubled[word_bytes];
    std::memcpy(doubled, key.data(), key.size());
    std::memcpy(doubled + key.size(), key.data(), key.size());
    std::uint64_t mask = 0;
    std::memcpy(&mask, doubled, sizeof mask);

    std::size_t index = 0;
    for (; size - index >= words_per_step * word_bytes; index += words_per_step * word_bytes) {
        std::uint64_t words[words_per_step];
        std::memcpy(words, source + index, sizeof words);
        words[0] ^= mask;
        words[1] ^= mask;
        words[2] ^= mask;
        words[3] ^= mask;
        std::memcpy(target + index, words, sizeof words);
    }
    for (; size - index >= word_bytes; index += word_bytes) {
        std::uint64_t word = 0;
        std::memcpy(&word, source + index, sizeof word);
        word ^= mask;
        std::memcpy(target + index, &word, sizeof word);
    }
    for (; index < size; ++index)
        target[index] = source[index] ^ key[index % key.size()];
}

}  // namespace

void apply_mask(byte_span bytes, mask_key key) noexcept {
    apply(bytes.data(), bytes.data(), bytes.size(), key);
}

void copy_masked(byte_view source, std::byte* target, mask_key key) noexcept {
    apply(source.data(), target, source.size(), key);
}

}  // namespace patio::wire::ws
