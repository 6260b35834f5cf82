// SPDX-License-Identifier: MIT

#include "debug/words.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace {

using patio::debug::count_words;
using patio::debug::duration_words;
using patio::debug::number_words;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t s = 1000 * ms;

TEST(words, of_durations_have_the_precision_that_people_want) {
    EXPECT_EQ(duration_words(0), "0 ms");
    EXPECT_EQ(duration_words(499'999), "0 ms");
    EXPECT_EQ(duration_words(100 * ms), "100 ms");
    EXPECT_EQ(duration_words(999 * ms), "999 ms");
    EXPECT_EQ(duration_words(1 * s), "1.0 s");
    EXPECT_EQ(duration_words(3249 * ms), "3.2 s");
    EXPECT_EQ(duration_words(3250 * ms), "3.3 s");
    EXPECT_EQ(duration_words(99'949 * ms), "99.9 s");
    EXPECT_EQ(duration_words(99'950 * ms), "1 min 40 s");
    EXPECT_EQ(duration_words(120 * s), "2 min");
    EXPECT_EQ(duration_words(3599 * s), "59 min 59 s");
    EXPECT_EQ(duration_words(3600 * s), "1 h");
    EXPECT_EQ(duration_words(47 * 3600 * s + 120 * s), "47 h 2 min");
    EXPECT_EQ(duration_words(50 * 3600 * s), "2 d 2 h");
    EXPECT_EQ(duration_words(729 * 24 * 3600 * s), "729 d");
    EXPECT_EQ(duration_words(730 * 24 * 3600 * s), "2 y");
    EXPECT_EQ(duration_words(1000 * 24 * 3600 * s), "2 y 270 d");
}

TEST(words, of_numbers_are_grouped_by_thousands) {
    EXPECT_EQ(number_words(0), "0");
    EXPECT_EQ(number_words(999), "999");
    EXPECT_EQ(number_words(1000), "1,000");
    EXPECT_EQ(number_words(9990), "9,990");
    EXPECT_EQ(number_words(123'456), "123,456");
    EXPECT_EQ(number_words(1'234'567), "1,234,567");
    EXPECT_EQ(number_words(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(words, of_counts_know_the_plural) {
    EXPECT_EQ(count_words(0, "task"), "0 tasks");
    EXPECT_EQ(count_words(1, "task"), "1 task");
    EXPECT_EQ(count_words(9990, "task"), "9,990 tasks");
}

TEST(words, of_unknown_places_and_coroutines_say_so) {
    EXPECT_EQ(patio::debug::place_words({}), "an unknown place");
    EXPECT_EQ(patio::debug::coroutine_words({}), "a coroutine");
}

}  // namespace
