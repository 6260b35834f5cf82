// SPDX-License-Identifier: MIT

#include <patio/base/bytes.hpp>

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using patio::byte_span;
using patio::byte_view;
using patio::byte_views;

std::string text_of(byte_view bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(byte_view, is_made_from_whatever_holds_bytes) {
    const std::string string = "string";
    const std::array<unsigned char, 2> array{'a', 'b'};
    const std::vector<std::byte> vector{std::byte{'v'}};
    EXPECT_EQ(text_of("literal"), "literal");
    EXPECT_EQ(text_of(string), "string");
    EXPECT_EQ(text_of(std::string_view{"view"}), "view");
    EXPECT_EQ(text_of(array), "ab");
    EXPECT_EQ(text_of(vector), "v");
    EXPECT_EQ(text_of(std::span<const std::byte>{vector}), "v");
    EXPECT_TRUE(byte_view{}.empty());
}

TEST(byte_view, keeps_the_zeros_of_a_string) {
    EXPECT_EQ(text_of(std::string(3, '\0')).size(), 3U);
}

TEST(byte_view, is_not_made_from_what_has_no_known_length_or_is_not_bytes) {
    static_assert(!std::is_convertible_v<char(&)[8], byte_view>);
    static_assert(!std::is_convertible_v<std::vector<int>&, byte_view>);
    static_assert(!std::is_convertible_v<int, byte_view>);
}

TEST(byte_span, is_made_from_memory_that_may_be_written_to) {
    std::string string = "string";
    char array[4] = {};
    std::vector<std::byte> vector(5);
    EXPECT_EQ(byte_span{string}.size(), 6U);
    EXPECT_EQ(byte_span{array}.size(), 4U);
    EXPECT_EQ(byte_span{vector}.data(), vector.data());
    static_assert(!std::is_convertible_v<const std::string&, byte_span>);
    static_assert(!std::is_convertible_v<const char(&)[4], byte_span>);
    static_assert(std::is_convertible_v<byte_span, byte_view>);
}

TEST(byte_views_of_bytes, are_cut_within_their_bounds) {
    const byte_view all = "abcdef";
    EXPECT_EQ(text_of(all.first(2)), "ab");
    EXPECT_EQ(text_of(all.first(99)), "abcdef");
    EXPECT_EQ(text_of(all.from(4)), "ef");
    EXPECT_TRUE(all.from(99).empty());
    std::string memory = "abcdef";
    EXPECT_EQ(text_of(byte_span{memory}.first(2)), "ab");
    EXPECT_EQ(text_of(byte_span{memory}.from(4)), "ef");
    EXPECT_TRUE(byte_span{memory}.from(7).empty());
}

TEST(byte_views, add_their_parts_up) {
    const std::array<byte_view, 3> parts{"ab", "", "cde"};
    const byte_views all{parts.data(), parts.size()};
    EXPECT_EQ(all.count(), 3U);
    EXPECT_EQ(all.size(), 5U);
    EXPECT_EQ(text_of(all[2]), "cde");
    EXPECT_EQ(byte_views{}.size(), 0U);
}

}  // namespace
