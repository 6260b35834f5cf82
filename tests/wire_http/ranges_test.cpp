// SPDX-License-Identifier: MIT

#include "wire_http/ranges.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

using namespace patio::wire::http;

/// "200", "416", or the ranges.
std::string answer(std::string_view value, std::uint64_t size_bytes, std::size_t count_max = 16) {
    const ranges found = parse_range(value, size_bytes, count_max);
    if (found.answer == range_answer::all) return "200";
    if (found.answer == range_answer::unsatisfiable) return "416";
    std::string text;
    for (const byte_range& each : found.parts)
        text += std::to_string(each.first) + "-" + std::to_string(each.last) + " ";
    return text;
}

TEST(ranges, are_those_of_the_examples_of_the_rfc) {
    EXPECT_EQ(answer("bytes=0-499", 10'000), "0-499 ");
    EXPECT_EQ(answer("bytes=500-999", 10'000), "500-999 ");
    EXPECT_EQ(answer("bytes=-500", 10'000), "9500-9999 ");
    EXPECT_EQ(answer("bytes=9500-", 10'000), "9500-9999 ");
    EXPECT_EQ(answer("bytes=0-0,-1", 10'000), "0-0 9999-9999 ");
    EXPECT_EQ(answer("bytes= 0-999, 4500-5499, -1000", 10'000), "0-999 4500-5499 9000-9999 ");
}

TEST(ranges, end_with_the_representation) {
    EXPECT_EQ(answer("bytes=0-9", 10), "0-9 ");
    EXPECT_EQ(answer("bytes=0-10", 10), "0-9 ");
    EXPECT_EQ(answer("bytes=-11", 10), "0-9 ");
    EXPECT_EQ(answer("bytes=9-", 10), "9-9 ");
    EXPECT_EQ(answer("bytes=10-", 10), "416");
    EXPECT_EQ(answer("bytes=10-,0-1", 10), "0-1 ");
    EXPECT_EQ(answer("bytes=-0", 10), "416");
    EXPECT_EQ(answer("bytes=0-", 0), "416");
    EXPECT_EQ(answer("bytes=-5", 0), "416");
}

TEST(ranges, have_numbers_of_any_length) {
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(answer("bytes=0-99999999999999999999999999", 10), "0-9 ");
    EXPECT_EQ(answer("bytes=99999999999999999999999999-", 10), "416");
    EXPECT_EQ(answer("bytes=-99999999999999999999999999", 10), "0-9 ");
    EXPECT_EQ(answer("bytes=0-18446744073709551614", max), "0-18446744073709551614 ");
    EXPECT_EQ(answer("bytes=00000000000000000000000001-2", 10), "1-2 ");
}

TEST(ranges, that_are_malformed_or_of_another_unit_mean_nothing) {
    for (const char* value :
         {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=1", "bytes=a-b", "bytes=1-0",
          "bytes=1-2-3", "bytes=+1-2", "bytes=1 -2", "bytes=--1", "bytes=0-1;2-3", "bytes:0-1",
          "seconds=0-1", "bytes =0-1", "bytes=0-1,x"}) {
        EXPECT_EQ(answer(value, 10), "200") << value;
    }
    EXPECT_EQ(answer("Bytes=0-1", 10), "0-1 ");
}

TEST(ranges, that_are_too_many_or_overlap_are_not_served) {
    EXPECT_EQ(answer("bytes=0-0,1-1", 10, 2), "0-0 1-1 ");
    EXPECT_EQ(answer("bytes=0-0,1-1,2-2", 10, 2), "200");
    EXPECT_EQ(answer("bytes=0-5,3-6", 10), "0-5 3-6 ");
    EXPECT_EQ(answer("bytes=0-5,3-7", 10), "200") << "eleven bytes of ten";
    EXPECT_EQ(answer("bytes=0-,0-,0-", 10), "200");
}

TEST(ranges, are_told_with_the_size_of_the_whole) {
    EXPECT_EQ(content_range({0, 499}, 1234), "bytes 0-499/1234");
    EXPECT_EQ(content_range_unsatisfied(1234), "bytes */1234");
    EXPECT_EQ((byte_range{0, 499}.bytes()), 500u);
}

}  // namespace
