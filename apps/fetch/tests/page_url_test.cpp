// SPDX-License-Identifier: MIT

#include "page_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using fetch::page_url;
using fetch::typed_url;
using patio::http::url;

std::string normal(const std::string& text) {
    const auto page = page_url(text);
    return page ? page->href() : "none";
}

TEST(page_url, has_one_form_for_all_spellings) {
    for (const char* text :
         {"http://example.org/a", "HTTP://EXAMPLE.org:80/a#top", "http://example.org/x/../a",
          "http://example.org/%61", "http://example.org/a?", " http://example.org/a "})
        EXPECT_EQ(normal(text), "http://example.org/a") << text;
    EXPECT_EQ(normal("http://example.org"), "http://example.org/");
    EXPECT_EQ(normal("http://example.org/%c3%a4?q=%7e%2f"), "http://example.org/%C3%A4?q=~%2F");
}

TEST(page_url, keeps_apart_what_may_be_different) {
    EXPECT_NE(normal("http://example.org/a"), normal("http://example.org/a/"));
    EXPECT_NE(normal("http://example.org/a"), normal("http://example.org/A"));
    EXPECT_NE(normal("http://example.org/a%2Fb"), normal("http://example.org/a/b"));
    EXPECT_NE(normal("http://example.org/?a=1&b=2"), normal("http://example.org/?b=2&a=1"));
}

TEST(page_url, is_of_http_or_https) {
    for (const char* text : {"mailto:a@b", "javascript:x()", "ftp://x/", "http://", "x", ""})
        EXPECT_EQ(normal(text), "none") << text;
}

TEST(page_url, is_resolved_against_its_base) {
    const url base = url::parse("https://example.org/docs/guide");
    EXPECT_EQ(page_url("intro#x", base)->href(), "https://example.org/docs/intro");
    EXPECT_EQ(page_url("//other.org", base)->href(), "https://other.org/");
}

TEST(typed_url, needs_no_scheme) {
    EXPECT_EQ(typed_url("example.org/x")->href(), "http://example.org/x");
    EXPECT_EQ(typed_url(" localhost:8080\r")->href(), "http://localhost:8080/");
    EXPECT_EQ(typed_url("https://example.org")->href(), "https://example.org/");
    EXPECT_EQ(typed_url("[::1]:8080/x")->href(), "http://[::1]:8080/x");
    EXPECT_EQ(typed_url("ftp://example.org"), std::nullopt);
    EXPECT_EQ(typed_url("mailto:a@b"), std::nullopt);
    EXPECT_EQ(typed_url("  "), std::nullopt);
}

TEST(site_of, is_host_and_port) {
    EXPECT_EQ(fetch::site_of(url::parse("http://Example.org:80/x")), "example.org");
    EXPECT_EQ(fetch::site_of(url::parse("https://example.org")), "example.org");
    EXPECT_EQ(fetch::site_of(url::parse("http://example.org:8080")), "example.org:8080");
}

}  // namespace
