// SPDX-License-Identifier: MIT

#include "wire_ws/mask.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace {

using namespace patio::wire::ws;

constexpr mask_key key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

std::string text_of(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>(i * 31 % 251);
    return text;
}

std::string masked_slowly(std::string text) {
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(static_cast<std::byte>(text[i]) ^ key[i % 4]);
    return text;
}

TEST(mask, is_the_rfcs_at_every_length_and_address) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
        for (std::size_t size = 0; size < 100; ++size) {
            const std::string text = text_of(size);
            std::string room(offset + size, 'x');
            room.replace(offset, size, text);
            apply_mask({room.data() + offset, size}, key);
            ASSERT_EQ(room.substr(offset), masked_slowly(text)) << size << " at " << offset;
            std::string copy(offset + size, 'x');
            copy_masked(text, reinterpret_cast<std::byte*>(copy.data()) + offset, key);
            ASSERT_EQ(copy, room.replace(0, offset, offset, 'x'));
        }
    }
}

TEST(mask, goes_on_where_it_stopped_with_a_rotated_key) {
    const std::string text = text_of(90);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        std::string masked = text;
        apply_mask({masked.data(), cut}, key);
        apply_mask({masked.data() + cut, masked.size() - cut}, rotated(key, cut));
        ASSERT_EQ(masked, masked_slowly(text)) << cut;
    }
}

}  // namespace
