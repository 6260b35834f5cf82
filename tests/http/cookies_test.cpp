// SPDX-License-Identifier: MIT

#include <patio/http/cookies.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace patio::http;
using namespace std::chrono_literals;

constexpr cookie::time_point start{std::chrono::seconds{1'700'000'000}};
constexpr auto plain = channel_security::plain;
constexpr auto secure = channel_security::secure;

/// A jar whose site is `https://www.example.org/dir/page`.
class cookie_jars : public testing::Test {
protected:
    cookie_verdict set(std::string_view field, std::string_view host = "www.example.org",
                       std::string_view path = "/dir/page", channel_security channel = secure) {
        return jar.store(field, host, path, channel, now);
    }
    std::string sent(std::string_view host = "www.example.org", std::string_view path = "/dir/page",
                     channel_security channel = secure) {
        return jar.header(host, path, channel, now);
    }

    cookie_jar jar;
    cookie::time_point now = start;
};

TEST_F(cookie_jars, give_back_what_was_set) {
    EXPECT_EQ(set("a=1"), cookie_verdict::kept);
    EXPECT_EQ(set("b=\"2 3\"; unknown"), cookie_verdict::kept);
    EXPECT_EQ(set("nameless"), cookie_verdict::kept);
    EXPECT_EQ(sent(), "a=1; b=\"2 3\"; nameless");
    EXPECT_EQ(jar.size(), 3U);
    EXPECT_EQ(sent("example.org"), "");
    EXPECT_EQ(sent("other.org"), "");
}

TEST_F(cookie_jars, keep_cookies_to_their_host_unless_they_name_a_domain) {
    EXPECT_EQ(set("host=1"), cookie_verdict::kept);
    EXPECT_EQ(set("all=2; Domain=.Example.org"), cookie_verdict::kept);
    EXPECT_EQ(set("self=3; Domain=WWW.example.org"), cookie_verdict::kept);
    EXPECT_EQ(set("empty=4; Domain=x.org; Domain="), cookie_verdict::kept);
    EXPECT_EQ(sent("WWW.EXAMPLE.ORG"), "host=1; all=2; self=3; empty=4");
    EXPECT_EQ(sent("a.www.example.org"), "all=2; self=3");
    EXPECT_EQ(sent("example.org"), "all=2");
    EXPECT_EQ(sent("notexample.org"), "");
}

TEST_F(cookie_jars, refuse_domains_of_strangers) {
    for (const char* domain :
         {"other.org", "a.www.example.org", "ample.org", "org", ".org", "..example.org", "1"})
        EXPECT_EQ(set("a=1; Domain=" + std::string{domain}), cookie_verdict::foreign_domain)
            << domain;
    EXPECT_EQ(set("a=1", ""), cookie_verdict::foreign_domain);
    EXPECT_EQ(set("a=1", "a\tb"), cookie_verdict::foreign_domain);
    EXPECT_TRUE(jar.empty());
}

TEST_F(cookie_jars, know_single_labels_as_public_and_more_if_told) {
    EXPECT_EQ(set("a=1; Domain=com", "com"), cookie_verdict::kept) << "the host itself";
    EXPECT_EQ(sent("com"), "a=1");
    EXPECT_EQ(sent("x.com"), "");
    jar = cookie_jar{
        cookie_limits{}.public_suffixes([](std::string_view domain) { return domain == "co.uk"; })};
    EXPECT_EQ(set("a=1; Domain=co.uk", "x.co.uk"), cookie_verdict::foreign_domain);
    EXPECT_EQ(set("a=1; Domain=x.co.uk", "www.x.co.uk"), cookie_verdict::kept);
    EXPECT_EQ(set("b=1; Domain=co.uk", "co.uk"), cookie_verdict::kept);
    EXPECT_EQ(sent("x.co.uk"), "a=1");
}

TEST_F(cookie_jars, know_localhost_and_addresses) {
    EXPECT_EQ(set("a=1; Domain=localhost", "localhost"), cookie_verdict::kept);
    EXPECT_EQ(set("a=1; Domain=localhost", "x.localhost"), cookie_verdict::foreign_domain);
    EXPECT_EQ(sent("localhost"), "a=1");
    EXPECT_EQ(set("b=1; Domain=192.0.2.1", "192.0.2.1"), cookie_verdict::kept);
    EXPECT_EQ(set("b=1; Domain=2.1", "192.0.2.1"), cookie_verdict::foreign_domain);
    EXPECT_EQ(sent("192.0.2.1"), "b=1");
    EXPECT_EQ(sent("x.192.0.2.1"), "");
    EXPECT_EQ(set("c=1", "[2001:DB8::1]"), cookie_verdict::kept);
    EXPECT_EQ(sent("2001:db8::1"), "c=1");
    EXPECT_EQ(set("d=1; Secure", "localhost", "/dir/page", plain), cookie_verdict::kept);
    EXPECT_EQ(sent("localhost", "/dir/page", plain), "a=1; d=1");
}

TEST_F(cookie_jars, send_cookies_below_their_path_longer_paths_first) {
    EXPECT_EQ(set("root=1; Path=/"), cookie_verdict::kept);
    EXPECT_EQ(set("default=2"), cookie_verdict::kept);
    EXPECT_EQ(set("page=3; Path=/dir/page"), cookie_verdict::kept);
    EXPECT_EQ(set("other=4; Path=/other"), cookie_verdict::kept);
    EXPECT_EQ(set("relative=5; Path=dir"), cookie_verdict::kept);
    EXPECT_EQ(sent(), "page=3; default=2; relative=5; root=1");
    EXPECT_EQ(sent("www.example.org", "/dir"), "default=2; relative=5; root=1");
    EXPECT_EQ(sent("www.example.org", "/directory"), "root=1");
    EXPECT_EQ(sent("www.example.org", ""), "root=1");
    EXPECT_EQ(set("a=b; Path=/a\tb"), cookie_verdict::malformed);
}

TEST_F(cookie_jars, replace_a_cookie_where_it_was) {
    set("a=1");
    now += 10s;
    set("b=2");
    now += 10s;
    set("a=3; HttpOnly");
    EXPECT_EQ(sent(), "a=3; b=2");
    EXPECT_EQ(jar.size(), 2U);
    EXPECT_EQ(jar.cookies()[0].created, start);
    EXPECT_TRUE(jar.cookies()[0].is_http_only);
    set("a=other; Path=/");
    EXPECT_EQ(sent(), "a=3; b=2; a=other");
}

TEST_F(cookie_jars, forget_cookies_when_their_time_is_over) {
    set("age=1; Max-Age=60");
    set("date=2; Expires=Tue, 14 Nov 2023 22:14:20 GMT");  // 60 seconds after the start
    set("both=3; Max-Age=120; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    set("session=4");
    EXPECT_EQ(sent(), "age=1; date=2; both=3; session=4");
    now += 59s;
    EXPECT_EQ(sent(), "age=1; date=2; both=3; session=4");
    now += 1s;
    EXPECT_EQ(sent(), "both=3; session=4");
    EXPECT_EQ(jar.size(), 4U);
    jar.remove_expired(now);
    EXPECT_EQ(jar.size(), 2U);
    jar.remove_session();
    EXPECT_EQ(sent(), "both=3");
    EXPECT_EQ(set("both=; Max-Age=0"), cookie_verdict::deleted);
    EXPECT_TRUE(jar.empty());
    EXPECT_EQ(jar.bytes(), 0U);
}

TEST_F(cookie_jars, no_cookie_lives_longer_than_age_max) {
    set("a=1; Max-Age=99999999999999");
    set("b=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(jar.cookies()[0].expires, start + 24h * 400);
    EXPECT_EQ(jar.cookies()[1].expires, start + 24h * 400);
}

TEST_F(cookie_jars, secure_cookies_stay_on_secure_channels) {
    EXPECT_EQ(set("a=1; Secure"), cookie_verdict::kept);
    EXPECT_EQ(sent("www.example.org", "/dir/", plain), "");
    EXPECT_EQ(sent(), "a=1");
    EXPECT_EQ(set("b=1; Secure", "www.example.org", "/", plain), cookie_verdict::insecure);
    // What a plain channel sets may neither replace nor hide it.
    for (const char* field : {"a=2", "a=2; Domain=example.org", "a=2; Path=/dir/deeper"})
        EXPECT_EQ(set(field, "www.example.org", "/dir/page", plain), cookie_verdict::insecure)
            << field;
    EXPECT_EQ(set("a=2; Path=/", "www.example.org", "/", plain), cookie_verdict::kept);
    EXPECT_EQ(set("a=2", "other.org", "/dir/page", plain), cookie_verdict::kept);
    EXPECT_EQ(set("a=3"), cookie_verdict::kept) << "a secure channel may take the mark away";
}

TEST_F(cookie_jars, prefixes_of_names_are_promises) {
    EXPECT_EQ(set("__Secure-a=1; Secure"), cookie_verdict::kept);
    EXPECT_EQ(set("__Host-a=1; Secure; Path=/"), cookie_verdict::kept);
    for (const char* field :
         {"__Secure-b=1", "__secure-b=1", "__Host-b=1; Secure", "__Host-b=1; Path=/",
          "__Host-b=1; Secure; Path=/dir", "__HOST-b=1; Secure; Path=/; Domain=example.org",
          "__Host-b; Secure; Path=/", "__Secure-"})
        EXPECT_EQ(set(field), cookie_verdict::broken_prefix) << field;
    EXPECT_EQ(set("__Host-b=1; Secure", "www.example.org", "/"), cookie_verdict::broken_prefix)
        << "the path must be said";
    EXPECT_EQ(set("__Hosta=1"), cookie_verdict::kept);
}

TEST_F(cookie_jars, keep_what_is_said_about_other_sites) {
    set("a=1; SameSite=Strict");
    set("b=1; SameSite=None");
    EXPECT_EQ(jar.cookies()[0].site, same_site::strict);
    EXPECT_EQ(jar.cookies()[1].site, same_site::none);
}

TEST_F(cookie_jars, a_domain_has_a_limit_and_insecure_ones_go_first) {
    jar = cookie_jar{cookie_limits{}.domain_cookies_max(3)};
    set("a=1; Secure");
    set("b=2");
    set("c=3");
    EXPECT_EQ(sent(), "a=1; b=2; c=3") << "at the limit";
    now += 1s;
    static_cast<void>(jar.header("www.example.org", "/dir/page", plain, now));  // uses b and c
    set("d=4");
    EXPECT_EQ(sent(), "a=1; c=3; d=4");
    set("e=5", "other.org");
    EXPECT_EQ(jar.size(), 4U);
    set("x=1; Max-Age=1; Secure");
    now += 1s;
    set("y=1");
    EXPECT_EQ(sent(), "a=1; d=4; y=1") << "the expired one first";
}

TEST_F(cookie_jars, the_jar_has_limits_and_the_longest_unused_go_first) {
    jar = cookie_jar{cookie_limits{}.cookies_max(2)};
    set("a=1", "a.org");
    set("b=2", "b.org");
    now += 1s;
    EXPECT_EQ(sent("a.org"), "a=1");
    set("c=3", "c.org");
    EXPECT_EQ(sent("a.org"), "a=1");
    EXPECT_EQ(sent("b.org"), "");
    EXPECT_EQ(jar.size(), 2U);
    jar = cookie_jar{cookie_limits{}.cookies_max(0)};
    EXPECT_EQ(set("a=1"), cookie_verdict::too_large);
}

TEST_F(cookie_jars, bytes_are_bounded) {
    constexpr std::size_t each = 1 + 1 + 5 + 4;  // a, 1, a.org, /dir
    jar = cookie_jar{cookie_limits{}.bytes_max(2 * each)};
    set("a=1", "a.org");
    set("b=1", "a.org");
    EXPECT_EQ(jar.bytes(), 2 * each);
    set("c=1", "a.org");
    EXPECT_EQ(sent("a.org"), "b=1; c=1");
    EXPECT_EQ(set("d=" + std::string(2 * each - 10 + 1, 'x'), "a.org"), cookie_verdict::too_large);
    EXPECT_EQ(set("d=" + std::string(2 * each - 10, 'x'), "a.org"), cookie_verdict::kept);
    EXPECT_EQ(jar.size(), 1U);
}

TEST_F(cookie_jars, a_field_is_no_longer_than_its_limit) {
    jar = cookie_jar{cookie_limits{}.header_bytes_max(11)};
    set("a=1; Path=/");
    set("b=23; Path=/");
    set("c=4; Path=/");
    EXPECT_EQ(sent(), "a=1; b=23");
    set("b=2; Path=/");
    set("d=; Path=/");
    EXPECT_EQ(sent(), "a=1; b=2") << "; c=4 would be two bytes too many";
}

TEST_F(cookie_jars, are_saved_and_loaded) {
    set("a=1; Max-Age=1000; Secure; HttpOnly; SameSite=Lax");
    set("b=2 with\ta tab; Domain=example.org; Path=/");
    now += 5s;
    set("nameless", "[::1]");
    set("empty=", "192.0.2.1");
    const std::string text = jar.save();
    EXPECT_TRUE(text.starts_with("# Netscape HTTP Cookie File\n")) << text;
    EXPECT_NE(text.find("\n#HttpOnly_www.example.org\tFALSE\t/dir\tTRUE\t1700001000\ta\t1\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\n.example.org\tTRUE\t/\tFALSE\t0\tb\t2 with\ta tab\n"),
              std::string::npos);
    cookie_jar copy;
    const auto result = copy.load(text, now);
    EXPECT_EQ(result.loaded_count, 4U);
    EXPECT_EQ(result.skipped_count, 0U);
    EXPECT_EQ(copy.cookies(), jar.cookies());
    EXPECT_EQ(copy.save(), text);
}

TEST_F(cookie_jars, load_what_others_have_written) {
    const auto result = jar.load(
        "# Netscape HTTP Cookie File\r\n"
        "# https://curl.se/docs/http-cookies.html\r\n"
        "\r\n"
        ".example.org\tTRUE\t/\tTRUE\t1700000100\ta\t1\r\n"
        "#HttpOnly_www.example.org\tFALSE\t/dir\tFALSE\t0\tb\t\r\n"
        "www.example.org\tFALSE\t/\tFALSE\t0\tstripped",
        now);
    EXPECT_EQ(result.loaded_count, 3U);
    EXPECT_EQ(result.skipped_count, 0U);
    EXPECT_EQ(sent(), "b=; a=1; stripped=");
    EXPECT_TRUE(jar.cookies()[1].is_http_only);
    EXPECT_EQ(jar.cookies()[0].created, now);
}

TEST_F(cookie_jars, skip_lines_that_no_server_could_have_set) {
    const auto result = jar.load(
        "nonsense\n"
        "example.org\tFALSE\trelative\tFALSE\t0\ta\t1\n"
        "example.org\tFALSE\t/\tFALSE\t1700000000\ta\texpired\n"
        "example.org\tFALSE\t/\tFALSE\tx\ta\t1\n"
        "example.org\tFALSE\t/\tFALSE\t9999999999999999999\ta\t1\n"
        ".org\tTRUE\t/\tFALSE\t0\ta\t1\n"
        "\tFALSE\t/\tFALSE\t0\ta\t1\n"
        "..example.org\tTRUE\t/\tFALSE\t0\ta\t1\n"
        "example.org\tFALSE\t/\tFALSE\t0\t__Host-a\t1\n"
        "example.org\tFALSE\t/\tFALSE\t0\ta\t1;2\n"
        "example.org\tFALSE\t/\tFALSE\t0\t\t\n",
        now);
    EXPECT_EQ(result.loaded_count, 0U);
    EXPECT_EQ(result.skipped_count, 11U) << jar.save();
}

}  // namespace
