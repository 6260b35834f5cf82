// SPDX-License-Identifier: MIT

#include <patio/http/param_value.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using patio::http::param_value;
using patio::http::path_parameter;

struct mute {};
static_assert(path_parameter<int> && path_parameter<std::uint8_t> && path_parameter<double>);
static_assert(path_parameter<bool> && path_parameter<std::string>);
static_assert(path_parameter<std::string_view>);
static_assert(!path_parameter<mute> && !path_parameter<char>);

TEST(param_value, reads_whole_numbers_as_far_as_their_type_goes) {
    EXPECT_EQ(param_value<int>::parse("-7"), -7);
    EXPECT_EQ(param_value<std::int64_t>::parse("9223372036854775807"), INT64_MAX);
    EXPECT_EQ(param_value<std::uint64_t>::parse("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(param_value<std::int8_t>::parse("127"), 127);
    EXPECT_EQ(param_value<std::int8_t>::parse("128"), std::nullopt);
    EXPECT_EQ(param_value<std::int8_t>::parse("-129"), std::nullopt);
    EXPECT_EQ(param_value<std::uint8_t>::parse("256"), std::nullopt);
    EXPECT_EQ(param_value<std::uint64_t>::parse("18446744073709551616"), std::nullopt);
}

TEST(param_value, takes_nothing_around_a_number) {
    for (const std::string_view text : {"", " 7", "7 ", "+7", "7a", "0x7", "7.0", "-", "seven"}) {
        EXPECT_EQ(param_value<int>::parse(text), std::nullopt) << text;
    }
    EXPECT_EQ(param_value<unsigned>::parse("-7"), std::nullopt);
}

TEST(param_value, reads_finite_numbers) {
    EXPECT_EQ(param_value<double>::parse("-1.5e3"), -1500.0);
    for (const std::string_view text : {"inf", "nan", "1e999", "1.5x", ""})
        EXPECT_EQ(param_value<double>::parse(text), std::nullopt) << text;
}

TEST(param_value, reads_truth) {
    EXPECT_EQ(param_value<bool>::parse("true"), true);
    EXPECT_EQ(param_value<bool>::parse("0"), false);
    EXPECT_EQ(param_value<bool>::parse("yes"), std::nullopt);
}

TEST(param_value, leaves_texts_as_they_are) {
    EXPECT_EQ(param_value<std::string>::parse(" a/b"), " a/b");
    EXPECT_EQ(param_value<std::string_view>::parse(""), "");
}

}  // namespace
