// SPDX-License-Identifier: MIT

#include "wire_http/dates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::wire::http;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

constexpr sys_seconds in_2024 = sys_days{year{2024} / 6 / 1};
constexpr sys_seconds of_the_rfc = sys_days{year{1994} / 11 / 6} + 8h + 49min + 37s;

std::optional<sys_seconds> parse(std::string_view text) { return parse_date(text, in_2024); }

TEST(dates, come_in_three_forms) {
    EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:37 GMT"), of_the_rfc);
    EXPECT_EQ(parse("Sunday, 06-Nov-94 08:49:37 GMT"), of_the_rfc);
    EXPECT_EQ(parse("Sun Nov  6 08:49:37 1994"), of_the_rfc);
    EXPECT_EQ(parse("Wed Nov 16 08:49:37 1994"), of_the_rfc + std::chrono::days{10});
}

TEST(dates, are_written_in_the_first_form) {
    EXPECT_EQ(format_date(of_the_rfc).text(), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_date(sys_seconds{}).text(), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_date(sys_seconds{-1s}).text(), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(format_date(sys_days{year{2024} / 2 / 29}).text(), "Thu, 29 Feb 2024 00:00:00 GMT");
    EXPECT_EQ(format_date(sys_seconds::max()).text(), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(format_date(sys_seconds::min()).text(), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(dates, are_read_as_they_were_written) {
    for (sys_seconds when = sys_days{year{1900} / 1 / 1}; when < sys_days{year{2200} / 1 / 1};
         when += 999'983s) {
        EXPECT_EQ(parse(format_date(when).text()), when) << format_date(when).text();
    }
}

TEST(dates, with_two_digits_lie_at_most_fifty_years_ahead) {
    EXPECT_EQ(parse("Friday, 01-Jan-74 00:00:00 GMT"), sys_days{year{2074} / 1 / 1});
    EXPECT_EQ(parse("Friday, 01-Jan-75 00:00:00 GMT"), sys_days{year{1975} / 1 / 1});
    EXPECT_EQ(parse("Friday, 01-Jan-00 00:00:00 GMT"), sys_days{year{2000} / 1 / 1});
    const sys_seconds in_1994 = sys_days{year{1994} / 6 / 1};
    EXPECT_EQ(parse_date("Friday, 01-Jan-44 00:00:00 GMT", in_1994), sys_days{year{2044} / 1 / 1});
    EXPECT_EQ(parse_date("Friday, 01-Jan-45 00:00:00 GMT", in_1994), sys_days{year{1945} / 1 / 1});
}

TEST(dates, may_have_a_leap_second_and_the_wrong_day) {
    EXPECT_EQ(parse("Sat, 31 Dec 2016 23:59:60 GMT"), sys_days{year{2017} / 1 / 1});
    EXPECT_EQ(parse("Mon, 06 Nov 1994 08:49:37 GMT"), of_the_rfc);
}

TEST(dates, that_are_none_are_empty) {
    for (const char* text : {"",
                             "0",
                             "Sun",
                             "Sun, ",
                             "sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 06 Nov 1994 08:49:37 GMT ",
                             " Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "Sun, 31 Nov 1994 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, 29 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:49:37 GMT",
                             "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 06 Nov 1994 8:49:37 GMT",
                             "Sun, 06-Nov-94 08:49:37 GMT",
                             "Sunday, 06 Nov 1994 08:49:37 GMT",
                             "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sun Nov  6 08:49:37 1994 GMT",
                             "Sun Nov 06 08:49:37 94",
                             "Sun, 06 Nov 1994 08:49:-7 GMT",
                             "Sun, +6 Nov 1994 08:49:37 GMT"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
}

}  // namespace
