// SPDX-License-Identifier: MIT

#include <patio/sql/codec.hpp>

#include <patio/sql/error.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using patio::sql::bindable;
using patio::sql::bytes;
using patio::sql::codec;
using patio::sql::readable;
using patio::sql::value;

static_assert(bindable<int> && bindable<const int&> && bindable<bool> && bindable<double>);
static_assert(bindable<const char*> && bindable<const char (&)[4]> && bindable<std::string_view>);
static_assert(bindable<std::optional<int>> && bindable<std::nullptr_t> && bindable<bytes&>);
static_assert(bindable<std::optional<std::string_view>>);
static_assert(!bindable<char> && !bindable<void*> && !bindable<std::unique_ptr<int>>);
static_assert(readable<int> && readable<std::string> && readable<std::optional<bytes>>);
static_assert(!readable<std::string_view> && !readable<const char*> && !readable<char>);

TEST(codec, takes_only_numbers_that_fit) {
    EXPECT_EQ(codec<std::int8_t>::decode(value{std::int64_t{-128}}), std::int8_t{-128});
    EXPECT_EQ(codec<std::int8_t>::decode(value{std::int64_t{128}}), std::nullopt);
    EXPECT_EQ(codec<std::uint64_t>::decode(value{std::int64_t{-1}}), std::nullopt);
    EXPECT_EQ(codec<int>::decode(value{1.0}), std::nullopt);
    EXPECT_EQ(codec<int>::decode(value{std::string{"1"}}), std::nullopt);
    EXPECT_THROW(static_cast<void>(codec<std::uint64_t>::encode(UINT64_MAX)), patio::sql::error);
}

TEST(codec, takes_only_0_and_1_for_a_bool) {
    EXPECT_EQ(codec<bool>::decode(value{std::int64_t{1}}), true);
    EXPECT_EQ(codec<bool>::decode(value{std::int64_t{0}}), false);
    EXPECT_EQ(codec<bool>::decode(value{std::int64_t{2}}), std::nullopt);
    EXPECT_EQ(codec<bool>::decode(value{}), std::nullopt);
}

TEST(codec, tells_an_empty_optional_from_a_wrong_type) {
    const auto null = codec<std::optional<int>>::decode(value{});
    EXPECT_TRUE(null.has_value() && !null->has_value());
    EXPECT_FALSE(codec<std::optional<int>>::decode(value{1.5}).has_value());
    const auto number = codec<std::optional<int>>::decode(value{std::int64_t{4}});
    EXPECT_TRUE(number.has_value() && *number == 4);
}

TEST(codec, moves_texts_and_bytes_out_of_what_is_given_away) {
    std::string text(1000, 'x');
    const char* address = text.data();
    value given = codec<std::string>::encode(std::move(text));
    const auto back = codec<std::string>::decode(std::move(given));
    EXPECT_EQ(back.value().data(), address);
}

}  // namespace
