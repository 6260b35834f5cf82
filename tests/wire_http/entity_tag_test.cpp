// SPDX-License-Identifier: MIT

#include "wire_http/entity_tag.hpp"

#include <gtest/gtest.h>

namespace {

using namespace patio::wire::http;
using enum tag_comparison;

TEST(entity_tags, are_strong_or_weak) {
    EXPECT_EQ(parse_entity_tag("\"xyzzy\""), (entity_tag{false, "xyzzy"}));
    EXPECT_EQ(parse_entity_tag("W/\"xyzzy\""), (entity_tag{true, "xyzzy"}));
    EXPECT_EQ(parse_entity_tag("\"\""), (entity_tag{false, ""}));
    EXPECT_EQ(parse_entity_tag("\"a\\\""), (entity_tag{false, "a\\"}));
    for (const char* text : {"", "x", "\"", "\"x", "x\"", "w/\"x\"", "W/", "W/x", "\"a b\"",
                             "\"a\"b\"", "\"a\" ", " \"a\"", "*", "\"\x7f\""})
        EXPECT_FALSE(parse_entity_tag(text)) << text;
}

TEST(entity_tags, compare_as_in_the_table_of_the_rfc) {
    // RFC 9110 section 8.8.3.2.
    const entity_tag weak_1{true, "1"};
    const entity_tag weak_2{true, "2"};
    const entity_tag strong_1{false, "1"};
    EXPECT_FALSE(is_same_tag(weak_1, weak_1, strong));
    EXPECT_TRUE(is_same_tag(weak_1, weak_1, weak));
    EXPECT_FALSE(is_same_tag(weak_1, weak_2, strong));
    EXPECT_FALSE(is_same_tag(weak_1, weak_2, weak));
    EXPECT_FALSE(is_same_tag(weak_1, strong_1, strong));
    EXPECT_TRUE(is_same_tag(weak_1, strong_1, weak));
    EXPECT_TRUE(is_same_tag(strong_1, strong_1, strong));
    EXPECT_TRUE(is_same_tag(strong_1, strong_1, weak));
}

TEST(entity_tags, are_found_in_lists) {
    const entity_tag tag{false, "c"};
    EXPECT_TRUE(has_tag("*", tag, strong));
    EXPECT_TRUE(has_tag(" * ", tag, strong));
    EXPECT_TRUE(has_tag("\"a\", \"b\" ,\"c\"", tag, strong));
    EXPECT_TRUE(has_tag(",, \"c\",", tag, strong));
    EXPECT_TRUE(has_tag("W/\"c\"", tag, weak));
    EXPECT_FALSE(has_tag("W/\"c\"", tag, strong));
    EXPECT_TRUE(has_tag("\"a,\\\",\"c\"", tag, strong)) << "a backslash escapes nothing";
    EXPECT_FALSE(has_tag("", tag, weak));
    EXPECT_FALSE(has_tag("\"a\" \"c\"", tag, weak));
    EXPECT_FALSE(has_tag("c, \"c\"", tag, weak));
    EXPECT_FALSE(has_tag("\"a\", *", tag, weak));
}

}  // namespace
