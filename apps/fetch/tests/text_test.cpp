// SPDX-License-Identifier: MIT

#include "text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fetch;
using patio::duration;

TEST(text, says_how_much_in_three_digits) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(999), "999 B");
    EXPECT_EQ(bytes_text(1234), "1.2 kB");
    EXPECT_EQ(bytes_text(9'960), "10 kB");
    EXPECT_EQ(bytes_text(999'600), "1.0 MB");
    EXPECT_EQ(bytes_text(34'000'000), "34 MB");
}

TEST(text, says_how_long) {
    EXPECT_EQ(seconds_text(duration::milliseconds(123)), "0.12 s");
    EXPECT_EQ(seconds_text(duration::milliseconds(12'340)), "12.3 s");
    EXPECT_EQ(seconds_text(duration::seconds(125)), "2 min 5 s");
}

TEST(text, reads_times_as_people_write_them) {
    EXPECT_EQ(read_duration("2"), duration::seconds(2));
    EXPECT_EQ(read_duration("0.5s"), duration::milliseconds(500));
    EXPECT_EQ(read_duration("200ms"), duration::milliseconds(200));
    EXPECT_EQ(read_duration("2m"), duration::seconds(120));
    EXPECT_EQ(read_duration("1h"), duration::seconds(3600));
    for (const char* wrong : {"", "s", "-1", "2 s", "2d", "nan", "1e300"})
        EXPECT_EQ(read_duration(wrong), std::nullopt) << wrong;
}

TEST(text, is_fitted_into_columns_and_not_into_bytes) {
    EXPECT_EQ(fitted("abc", 5), "abc  ");
    EXPECT_EQ(fitted("äöü", 3), "äöü");
    EXPECT_EQ(fitted("abcdefgh", 5), "ab…gh");
    EXPECT_EQ(fitted("äbcdefgö", 4), "ä…gö");
    EXPECT_EQ(fitted("abc", 1), "…");
    EXPECT_EQ(fitted("abc", 0), "");
}

TEST(text, has_its_letters_of_ascii_lowered) { EXPECT_EQ(fetch::lowered("AZaz@[Ä"), "azaz@[Ä"); }

TEST(text, of_strangers_says_nothing_to_the_terminal) {
    EXPECT_EQ(printable("a\x1b[31mb\nc"), "a [31mb c");
}

}  // namespace
