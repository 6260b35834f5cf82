// SPDX-License-Identifier: MIT

#include "wire_http/media_type.hpp"

#include <gtest/gtest.h>

namespace {

using namespace patio::wire::http;

std::string taken_apart(std::string_view value) {
    const auto found = parse_media_type(value);
    if (!found) return "none";
    std::string text = found->type + "/" + found->subtype;
    for (const auto& [name, each] : found->parameters)
        text += " " + name + "=[" + each + "]";
    return text;
}

TEST(media_types, have_parameters) {
    // The same type four times: RFC 9110 section 8.3.1.
    for (const char* value : {"text/html;charset=utf-8", "Text/HTML;Charset=\"utf-8\"",
                              "text/html; charset=\"utf-8\"", "text/html;charset=\"\\u\\tf-8\""}) {
        EXPECT_EQ(taken_apart(value), "text/html charset=[utf-8]") << value;
    }
    EXPECT_EQ(taken_apart("text/html;charset=UTF-8"), "text/html charset=[UTF-8]");
    EXPECT_EQ(taken_apart("multipart/form-data; boundary=\"a;b, \\\"c\"; x=y"),
              "multipart/form-data boundary=[a;b, \"c] x=[y]");
    EXPECT_EQ(taken_apart(" a/b ;; ; c=d ;"), "a/b c=[d]");
    EXPECT_EQ(taken_apart("a/b; c=\"\""), "a/b c=[]");
    EXPECT_EQ(taken_apart("application/vnd.api+json"), "application/vnd.api+json");
}

TEST(media_types, that_are_malformed_are_none) {
    for (const char* value : {"",
                              ";",
                              "text",
                              "text/",
                              "/html",
                              "text/html/x",
                              "text /html",
                              "text/html charset=a",
                              "text/html;charset",
                              "text/html;charset=",
                              "text/html; charset =a",
                              "text/html; charset= a",
                              "text/html;=a",
                              "text/html;charset=\"a",
                              "text/html;a=\"b\"c",
                              "text/html;a=\"b\\\"",
                              "text/html;a=b c",
                              ";text/html",
                              "*",
                              "\"text/html\""}) {
        EXPECT_EQ(taken_apart(value), "none") << value;
    }
}

TEST(media_types, are_asked_in_any_case) {
    const auto found = parse_media_type("Application/JSON; Q=1; q=2");
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->is("application", "json"));
    EXPECT_FALSE(found->is("application", "xml"));
    ASSERT_NE(found->parameter("q"), nullptr);
    EXPECT_EQ(*found->parameter("q"), "1");
    EXPECT_EQ(found->parameter("charset"), nullptr);
}

}  // namespace
