// SPDX-License-Identifier: MIT

#include "http/cookie_rules.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace patio::http;
using namespace std::chrono_literals;

std::optional<std::int64_t> seconds_of(std::string_view date) {
    const auto time = read_cookie_date(date);
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

TEST(cookie_date, is_read_in_the_ways_that_servers_write_it) {
    constexpr std::int64_t expected = 784111777;  // the example of RFC 9110 section 5.6.7
    for (const char* text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994", "1994 november 6 8:49:37", "8:49:37 6 nov 94",
          "6/NOVEM/1994 08:49:37.5 +0200", "06\tNov\t94\t8:49:37",
          "nonsense, 6th Nov 1994x 8:49:37z", "Sun, 06-Nov-1994 08:49:37 11:22:33"})
        EXPECT_EQ(seconds_of(text), expected) << text;
}

TEST(cookie_date, needs_all_parts_and_sensible_ones) {
    for (const char* text :
         {"", "Sun, 06 Nov 1994", "06 Nov 08:49:37", "Nov 1994 08:49:37", "06 1994 08:49:37",
          "06 Nov 1994 24:00:00", "06 Nov 1994 00:60:00", "06 Nov 1994 00:00:60",
          "31 Feb 2020 00:00:00", "00 Nov 1994 00:00:00", "32 Nov 1994 00:00:00",
          "06 Nov 1600 00:00:00", "06 Nov 19941 00:00:00", "006 Nov 1994 00:00:00",
          "06 No 1994 00:00:00", "06 Nov 1994 000:00:00", "06 Nov 1994 00:00", "06 Nov 1 00:00:00",
          "06 Nov 1994 00:00:000"})
        EXPECT_EQ(seconds_of(text), std::nullopt) << text;
}

TEST(cookie_date, guesses_the_century) {
    EXPECT_EQ(seconds_of("01 Jan 70 00:00:00"), 0);
    EXPECT_EQ(seconds_of("01 Jan 69 00:00:00"), seconds_of("01 Jan 2069 00:00:00"));
    EXPECT_EQ(seconds_of("01 Jan 99 00:00:00"), seconds_of("01 Jan 1999 00:00:00"));
    EXPECT_EQ(seconds_of("01 Jan 00 00:00:00"), seconds_of("01 Jan 2000 00:00:00"));
    EXPECT_EQ(seconds_of("01 Jan 1601 00:00:00"), -11644473600);
    EXPECT_EQ(seconds_of("31 Dec 9999 23:59:59"), 253402300799);
}

set_cookie_parts parts_of(std::string_view field) {
    set_cookie_parts parts;
    EXPECT_EQ(read_set_cookie(field, parts), cookie_verdict::kept) << field;
    return parts;
}

TEST(set_cookie, is_a_name_and_a_value) {
    const auto expect = [](std::string_view field, std::string_view name, std::string_view value) {
        const set_cookie_parts parts = parts_of(field);
        EXPECT_EQ(parts.name, name) << field;
        EXPECT_EQ(parts.value, value) << field;
    };
    expect("foo=bar", "foo", "bar");
    expect(" \tfoo \t=  bar\t ; x", "foo", "bar");
    expect("foo==bar=", "foo", "=bar=");
    expect("foo=\"a b, c=d\"", "foo", "\"a b, c=d\"");
    expect("foo=\"a;b\"", "foo", "\"a");
    expect("foo=", "foo", "");
    expect("foo", "", "foo");
    expect("=foo", "", "foo");
    expect("foo=a\tb", "foo", "a\tb");
    expect("\xC3\xA4=\xC3\xB6", "\xC3\xA4", "\xC3\xB6");
}

TEST(set_cookie, is_refused_if_it_is_none) {
    set_cookie_parts parts;
    for (const std::string_view field :
         {std::string_view{""}, std::string_view{"="}, std::string_view{" ; a=b"},
          std::string_view{"a=b\r\nc"}, std::string_view{"a=\0b", 4},
          std::string_view{"a=b; c\x01"}, std::string_view{"a\x7F=b"}, std::string_view{"a\tb=c"},
          std::string_view{"=a=b"}})
        EXPECT_EQ(read_set_cookie(field, parts), cookie_verdict::malformed) << field;
    const std::string longest = "n=" + std::string(cookie_limits::pair_bytes_max - 1, 'x');
    EXPECT_EQ(read_set_cookie(longest, parts), cookie_verdict::kept);
    EXPECT_EQ(read_set_cookie(longest + "x", parts), cookie_verdict::too_large);
}

TEST(set_cookie, has_attributes_of_which_the_last_counts) {
    const set_cookie_parts parts = parts_of(
        "a=b;SECURE;path = /x ;Path=/y; domain=.Example.ORG;HttpOnly=no; samesite=LAX;;"
        "Max-Age=60; max-age=61x; Expires=Sun, 06 Nov 1994 08:49:37 GMT; unknown=1");
    EXPECT_TRUE(parts.is_secure);
    EXPECT_TRUE(parts.is_http_only);
    EXPECT_EQ(parts.path, "/y");
    EXPECT_EQ(parts.domain, "Example.ORG");
    EXPECT_EQ(parts.site, same_site::lax);
    EXPECT_EQ(parts.age, 60s);
    EXPECT_TRUE(parts.expires);
    const set_cookie_parts plain = parts_of("a=b; \"Secure\"; Secure qux; path=x; samesite=other");
    EXPECT_FALSE(plain.is_secure);
    EXPECT_FALSE(plain.has_path);
    EXPECT_EQ(plain.site, same_site::unset);
}

TEST(set_cookie, ages_are_whole_numbers_of_any_size) {
    EXPECT_EQ(parts_of("a=b; Max-Age=0").age, 0s);
    EXPECT_EQ(parts_of("a=b; Max-Age=-5").age, 0s);
    EXPECT_GT(parts_of("a=b; Max-Age=99999999999999999999999999").age, 24h * 400);
    for (const char* wrong : {"", "+1", "1.5", "1 2", "x", "-", "--1"})
        EXPECT_EQ(parts_of("a=b; Max-Age=" + std::string{wrong}).age, std::nullopt) << wrong;
}

TEST(set_cookie, long_attributes_are_ignored) {
    const std::string longest = "/" + std::string(cookie_limits::attribute_bytes_max - 1, 'x');
    EXPECT_TRUE(parts_of("a=b; Path=" + longest).has_path);
    EXPECT_FALSE(parts_of("a=b; Path=" + longest + "x").has_path);
}

TEST(cookie_domains, match_themselves_and_what_is_below) {
    EXPECT_TRUE(domain_matches("example.org", "example.org"));
    EXPECT_TRUE(domain_matches("a.b.example.org", "example.org"));
    EXPECT_FALSE(domain_matches("anexample.org", "example.org"));
    EXPECT_FALSE(domain_matches("example.org", "a.example.org"));
    EXPECT_FALSE(domain_matches("example.org", ""));
    EXPECT_FALSE(domain_matches("1.2.3.4", "3.4"));
    EXPECT_TRUE(domain_matches("1.2.3.4", "1.2.3.4"));
}

TEST(cookie_hosts, are_names_or_addresses) {
    EXPECT_EQ(canonical_host("[2001:DB8::1]"), "2001:db8::1");
    EXPECT_EQ(canonical_host("WWW.Example.org"), "www.example.org");
    for (const char* address : {"127.0.0.1", "::1", "2001:db8::1", "1"})
        EXPECT_TRUE(is_ip_host(address)) << address;
    for (const char* name : {"localhost", "1.example", "a.1b", ""})
        EXPECT_FALSE(is_ip_host(name)) << name;
    for (const char* here : {"localhost", "a.localhost", "127.0.0.1", "::1"})
        EXPECT_TRUE(is_loopback_host(here)) << here;
    for (const char* elsewhere : {"notlocalhost", ".localhost", "localhost.org", "127.0.0.2"})
        EXPECT_FALSE(is_loopback_host(elsewhere)) << elsewhere;
}

TEST(cookie_paths, match_themselves_and_what_is_below) {
    EXPECT_TRUE(path_matches("/a", "/a"));
    EXPECT_TRUE(path_matches("/a/b", "/a"));
    EXPECT_TRUE(path_matches("/a/b", "/a/"));
    EXPECT_TRUE(path_matches("/ab", "/"));
    EXPECT_TRUE(path_matches("", "/"));
    EXPECT_FALSE(path_matches("/ab", "/a"));
    EXPECT_FALSE(path_matches("/a", "/a/"));
    EXPECT_FALSE(path_matches("/A", "/a"));
    EXPECT_EQ(default_path("/a/b/c"), "/a/b");
    EXPECT_EQ(default_path("/a/b/"), "/a/b");
    EXPECT_EQ(default_path("/a"), "/");
    EXPECT_EQ(default_path("/"), "/");
    EXPECT_EQ(default_path(""), "/");
    EXPECT_EQ(default_path("*"), "/");
}

}  // namespace
