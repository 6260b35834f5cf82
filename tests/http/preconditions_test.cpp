// SPDX-License-Identifier: MIT

#include "http/preconditions.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace {

using patio::http::headers;
using patio::http::detail::check_preconditions;
using patio::http::detail::is_range_wanted;
using patio::http::detail::precondition;
using patio::http::detail::validators;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

constexpr const char* before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* exactly = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* after = "Sun, 06 Nov 1994 08:49:38 GMT";
const validators own{"\"a\"", sys_seconds{784111777s}};
const sys_seconds now = sys_seconds{784111777s} + 24h;

precondition of(const headers& asked) { return check_preconditions(asked, own, now); }

TEST(preconditions, are_met_if_there_are_none) { EXPECT_EQ(of({}), precondition::met); }

TEST(preconditions, are_about_the_tag) {
    EXPECT_EQ(of({"If-None-Match", "\"x\", W/\"a\""}), precondition::not_modified);
    EXPECT_EQ(of({"If-None-Match", "*"}), precondition::not_modified);
    EXPECT_EQ(of({"If-None-Match", "\"b\""}), precondition::met);
    EXPECT_EQ(of({"If-Match", "\"x\", \"a\""}), precondition::met);
    EXPECT_EQ(of({"If-Match", "*"}), precondition::met);
    EXPECT_EQ(of({"If-Match", "W/\"a\""}), precondition::failed);
    EXPECT_EQ(of({"If-Match", "\"b\""}), precondition::failed);
}

TEST(preconditions, are_about_several_fields_as_one_list) {
    headers asked{"If-None-Match", "\"x\""};
    asked.add("If-None-Match", "\"a\"");
    EXPECT_EQ(of(asked), precondition::not_modified);
}

TEST(preconditions, are_about_the_date) {
    EXPECT_EQ(of({"If-Modified-Since", before}), precondition::met);
    EXPECT_EQ(of({"If-Modified-Since", exactly}), precondition::not_modified);
    EXPECT_EQ(of({"If-Modified-Since", after}), precondition::not_modified);
    EXPECT_EQ(of({"If-Unmodified-Since", before}), precondition::failed);
    EXPECT_EQ(of({"If-Unmodified-Since", exactly}), precondition::met);
    EXPECT_EQ(of({"If-Modified-Since", "yesterday"}), precondition::met);
    EXPECT_EQ(of({"If-Unmodified-Since", "yesterday"}), precondition::met);
}

TEST(preconditions, about_the_tag_count_more_than_those_about_the_date) {
    EXPECT_EQ(of(headers{"If-None-Match", "\"b\""}.set("If-Modified-Since", after)),
              precondition::met);
    EXPECT_EQ(of(headers{"If-Match", "\"a\""}.set("If-Unmodified-Since", before)),
              precondition::met);
    EXPECT_EQ(of(headers{"If-Match", "\"a\""}.set("If-None-Match", "\"a\"")),
              precondition::not_modified);
}

TEST(preconditions, decide_about_ranges) {
    const auto wanted = [](const headers& asked, sys_seconds when) {
        return is_range_wanted(asked, own, when);
    };
    EXPECT_TRUE(wanted({}, now));
    EXPECT_TRUE(wanted({"If-Range", "\"a\""}, now));
    EXPECT_FALSE(wanted({"If-Range", "W/\"a\""}, now));
    EXPECT_FALSE(wanted({"If-Range", "\"b\""}, now));
    EXPECT_TRUE(wanted({"If-Range", exactly}, now));
    EXPECT_FALSE(wanted({"If-Range", after}, now));
    EXPECT_FALSE(wanted({"If-Range", before}, now));
    EXPECT_FALSE(wanted({"If-Range", exactly}, own.modified));
    EXPECT_FALSE(wanted({"If-Range", "x"}, now));
}

}  // namespace
