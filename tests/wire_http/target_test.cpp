// SPDX-License-Identifier: MIT

#include "wire_http/target.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::wire::http;

std::string host(std::string_view text) {
    const host_and_port found = parse_host(text);
    if (!found.is_valid) return "none";
    return std::string{found.host} + " " + std::string{found.port};
}

std::string target(std::string_view method, std::string_view text) {
    const target_facts facts = check_target(method, text);
    if (facts.what == problem::target_malformed) return "malformed";
    if (facts.what == problem::target_form_wrong) return "wrong";
    static constexpr const char* forms[] = {"origin", "absolute", "authority", "asterisk"};
    std::string told = forms[static_cast<int>(facts.form)];
    if (!facts.authority.empty()) told += " " + std::string{facts.authority};
    return told;
}

TEST(hosts, are_names_and_addresses_with_a_port) {
    EXPECT_EQ(host("example.org"), "example.org ");
    EXPECT_EQ(host("example.org:80"), "example.org 80");
    EXPECT_EQ(host("127.0.0.1:0"), "127.0.0.1 0");
    EXPECT_EQ(host("[::1]"), "[::1] ");
    EXPECT_EQ(host("[2001:db8::7]:65535"), "[2001:db8::7] 65535");
    EXPECT_EQ(host("a_b.example"), "a_b.example ");
    EXPECT_EQ(host("xn--bcher-kva.example"), "xn--bcher-kva.example ");
    EXPECT_EQ(host("b%C3%BCcher.example"), "b%C3%BCcher.example ");
}

TEST(hosts, that_are_malformed_are_none) {
    for (const char* text :
         {"",          ":80",          "a:",     "a:b",  "a:65536",     "a:000080",
          "a:+8",      "a:8 ",         "a b",    "a,b",  "a/b",         "a?b",
          "a#b",       "u@a",          "u:p@a",  "a\\b", "a\"b",        "<a>",
          "a%",        "a%4",          "a%zz",   "[",    "[]",          "[::1",
          "::1",       "[::1]x",       "[::1]:", "[a]",  "[127.0.0.1]", "[v1.a]",
          "b\xc3\xbc", "[::1%25eth0]", "a:80:80"}) {
        EXPECT_EQ(host(text), "none") << text;
    }
    EXPECT_FALSE(parse_host(std::string_view{"a\0b", 3}).is_valid);
}

TEST(hosts, have_addresses_of_ipv6_in_all_forms) {
    for (const char* text :
         {"[::]", "[1::]", "[1:2:3:4:5:6:7:8]", "[1::8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
          "[ABCD:ef01::]", "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:192.0.2.1]"}) {
        EXPECT_TRUE(parse_host(text).is_valid) << text;
    }
    for (const char* text :
         {"[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:1]", "[1:]", "[12345::]",
          "[g::]", "[::192.0.2]", "[::192.0.2.256]", "[::192.0.2.01]", "[1:2:3:4:5:6:7:1.2.3.4]",
          "[192.0.2.1::]", "[:::]", "[1:2:3:4::5:6:7:8]"}) {
        EXPECT_FALSE(parse_host(text).is_valid) << text;
    }
}

TEST(targets, have_four_forms) {
    EXPECT_EQ(target("GET", "/"), "origin");
    EXPECT_EQ(target("GET", "/a/b;c?d=e&f=%20?/"), "origin");
    EXPECT_EQ(target("GET", "//a"), "origin");
    EXPECT_EQ(target("GET", "http://a"), "absolute a");
    EXPECT_EQ(target("GET", "HTTPS://a:1/b?c"), "absolute a:1");
    EXPECT_EQ(target("GET", "http://[::1]?c"), "absolute [::1]");
    EXPECT_EQ(target("OPTIONS", "*"), "asterisk");
    EXPECT_EQ(target("OPTIONS", "/"), "origin");
    EXPECT_EQ(target("CONNECT", "a:443"), "authority a:443");
}

TEST(targets, must_go_with_the_method) {
    EXPECT_EQ(target("GET", "*"), "wrong");
    EXPECT_EQ(target("GET", "a:443"), "malformed");
    for (const char* text : {"/", "*", "a", "a:", "http://a:443", "u@a:443", "a:443/"})
        EXPECT_EQ(target("CONNECT", text), "wrong") << text;
    EXPECT_EQ(target("OPTIONS", "**"), "malformed");
}

TEST(targets, that_are_malformed_are_refused) {
    for (const char* text : {"",
                             "a",
                             "?a",
                             "/#a",
                             "/a b",
                             "/\x7f",
                             "/\xc3\xa4",
                             "/a\\b",
                             "/\"",
                             "/<",
                             "/>",
                             "/\t",
                             "http:/a",
                             "http:a",
                             "http://",
                             "http:///a",
                             "http://u@a/",
                             "http://a:b/",
                             "http://a#b",
                             "ftp://a/",
                             "javascript:alert(1)",
                             "://a",
                             "http://a\\b/",
                             "http://a/ b"}) {
        EXPECT_EQ(target("GET", text), "malformed") << text;
    }
}

TEST(targets, may_have_what_browsers_do_not_encode) {
    EXPECT_EQ(target("GET", "/[]^`{|}"), "origin");
    EXPECT_EQ(target("GET", "/?[]^`{|}\\"), "origin");
    EXPECT_EQ(target("GET", "/100%"), "origin");
}

}  // namespace
