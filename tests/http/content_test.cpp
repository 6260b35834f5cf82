// SPDX-License-Identifier: MIT

#include <patio/http/content.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using patio::http::body;
using patio::http::content;

TEST(content, is_a_text_without_a_type) {
    content from_literal = "a";
    content from_view = std::string_view{"a"};
    content from_string = std::string{"a"};
    for (content* each : {&from_literal, &from_view, &from_string}) {
        EXPECT_EQ(each->body().in_memory(), "a");
        EXPECT_EQ(each->media_type(), "");
    }
    EXPECT_FALSE(content{}.body().has_value());
}

TEST(content, says_what_it_is) {
    EXPECT_EQ(content::json("{}").media_type(), "application/json");
    EXPECT_EQ((content{body{"x"}, "image/png"}).media_type(), "image/png");
}

}  // namespace
