// SPDX-License-Identifier: MIT

#include <patio/io/endpoint.hpp>

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

namespace {

using patio::endpoint;
using patio::ip_address;
using namespace std::string_literals;

std::string round_trip(std::string_view text) { return endpoint::parse(text).to_string(); }

TEST(endpoint, reads_and_writes_every_kind) {
    for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[fe80::1%3]:22",
                             "/run/app.sock", "./app.sock", "../app.sock", "@patio"}) {
        EXPECT_EQ(round_trip(text), text);
    }
}

TEST(endpoint, has_an_address_and_a_port) {
    const auto here = endpoint::parse("[::1]:8080");
    EXPECT_TRUE(here.is_ip());
    EXPECT_FALSE(here.is_unix());
    EXPECT_EQ(here.address(), ip_address::loopback_v6());
    EXPECT_EQ(here.port(), 8080);
    EXPECT_EQ(here, (endpoint{ip_address::loopback_v6(), 8080}));
    EXPECT_EQ(here.with_port(1).to_string(), "[::1]:1");
    EXPECT_EQ(endpoint{}.to_string(), "0.0.0.0:0");
}

TEST(endpoint, refuses_what_is_not_one) {
    for (const char* text :
         {"", ":", "80", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1",
          "127.0.0.1: 80", "127.0.0.1:80 ", "::1:80", "[::1]", "[::1]80", "[::1", "[]:80",
          "[127.0.0.1]:80", "localhost:80", "[::1]:http"}) {
        EXPECT_FALSE(endpoint::try_parse(text)) << text;
    }
}

TEST(endpoint, names_the_text_that_is_malformed) {
    try {
        (void)endpoint::parse("localhost:80");
        ADD_FAILURE();
    } catch (const patio::error& e) {
        EXPECT_EQ(e.code(), patio::errc::malformed);
        EXPECT_STREQ(e.what(), "endpoint \"localhost:80\": the text is malformed");
    }
}

TEST(endpoint, may_be_the_name_of_a_unix_socket) {
    const auto path = endpoint::unix_socket("/run/x");
    EXPECT_TRUE(path.is_unix());
    EXPECT_FALSE(path.is_abstract());
    EXPECT_EQ(path.unix_name(), "/run/x");
    EXPECT_EQ(path.port(), 0);
    EXPECT_THROW((void)path.with_port(1), patio::usage_error);

    const auto abstract = endpoint::unix_socket("\0a\0b"s);
    EXPECT_TRUE(abstract.is_abstract());
    EXPECT_EQ(abstract.unix_name(), "\0a\0b"s);
    EXPECT_EQ(abstract.to_string(), "@a@b");
    EXPECT_EQ(endpoint::parse("@ab").unix_name(), "\0ab"s);

    const auto unnamed = endpoint::unix_socket("");
    EXPECT_TRUE(unnamed.is_unix());
    EXPECT_FALSE(unnamed.is_abstract());
    EXPECT_EQ(unnamed.to_string(), "(unnamed)");
}

TEST(endpoint, shows_relative_paths_so_that_they_can_be_read_again) {
    EXPECT_EQ(endpoint::unix_socket("app.sock").to_string(), "./app.sock");
    EXPECT_EQ(endpoint::unix_socket("@file").to_string(), "./@file");
    EXPECT_FALSE(endpoint::parse("./@file").is_abstract());
}

TEST(endpoint, refuses_names_that_the_kernel_would) {
    const std::string longest(endpoint::unix_name_bytes_max, 'x');
    EXPECT_EQ(endpoint::unix_socket(longest).unix_name(), longest);
    EXPECT_EQ(endpoint::unix_socket("\0"s + longest).unix_name(), "\0"s + longest);
    EXPECT_THROW((void)endpoint::unix_socket(longest + "x"), patio::error);
    EXPECT_THROW((void)endpoint::unix_socket("\0"s + longest + "x"), patio::error);
    EXPECT_THROW((void)endpoint::unix_socket("/run/\0x"s), patio::error);
    EXPECT_FALSE(endpoint::try_parse("/" + longest));
    EXPECT_TRUE(endpoint::try_parse("@" + longest));
    EXPECT_FALSE(endpoint::try_parse("@" + longest + "x"));
}

TEST(endpoint, sorts_by_kind_address_port_and_name) {
    EXPECT_LT(endpoint::parse("10.0.0.1:99"), endpoint::parse("10.0.0.2:1"));
    EXPECT_LT(endpoint::parse("10.0.0.1:1"), endpoint::parse("10.0.0.1:2"));
    EXPECT_LT(endpoint::parse("[::1]:1"), endpoint::parse("/a"));
    EXPECT_LT(endpoint::parse("/a"), endpoint::parse("/b"));
    EXPECT_NE(endpoint{}, endpoint::unix_socket(""));
}

TEST(endpoint, can_be_hashed) {
    std::unordered_set<endpoint> set;
    for (const char* text : {"10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:1", "/a", "@a", "/a"})
        set.insert(endpoint::parse(text));
    EXPECT_EQ(set.size(), 4U);
}

TEST(endpoint, refuses_texts_with_zero_bytes) {
    const std::string text("@abs\0act", 8);
    EXPECT_FALSE(endpoint::try_parse(text).has_value());
    EXPECT_EQ(endpoint::unix_socket(std::string("\0a\0b", 4)).to_string(), "@a@b");
}

}  // namespace
