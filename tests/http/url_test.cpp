// SPDX-License-Identifier: MIT

#include <patio/http/url.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>

namespace {

using patio::http::url;
using patio::http::url_bytes_max;
using patio::http::url_fault;
using patio::http::url_host;

static_assert(std::is_nothrow_move_constructible_v<url>);
static_assert(std::is_nothrow_move_assignable_v<url>);

/// The fault of a text, and its position behind an at sign.
std::string fault_of(std::string_view text, const url& base = {}) {
    const auto made = url::try_parse(text, base);
    if (made) return "none: " + made->href();
    return std::string{to_text(made.problem().fault)} + " @" +
           std::to_string(made.problem().position);
}

template <class F>
std::string message_of(const F& call) {
    try {
        (void)call();
    } catch (const patio::error& e) {
        EXPECT_EQ(e.code(), patio::errc::malformed) << e.what();
        return e.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

TEST(url, has_parts) {
    const auto made = url::parse("https://user:pw@example.org:8443/a/b?q=1#top");
    EXPECT_EQ(made.scheme(), "https");
    EXPECT_EQ(made.username(), "user");
    EXPECT_EQ(made.password(), "pw");
    EXPECT_EQ(made.host(), "example.org");
    EXPECT_EQ(made.host_and_port(), "example.org:8443");
    EXPECT_EQ(made.port(), 8443);
    EXPECT_EQ(made.path(), "/a/b");
    EXPECT_EQ(made.query(), "q=1");
    EXPECT_EQ(made.fragment(), "top");
    EXPECT_EQ(made.target(), "/a/b?q=1");
    EXPECT_EQ(made.origin(), "https://example.org:8443");
    EXPECT_EQ(made.href(), "https://user:pw@example.org:8443/a/b?q=1#top");
}

TEST(url, is_brought_into_its_canonical_form) {
    const auto page = url::parse("https://Example.org:443/a/./b?q=1#top");
    EXPECT_EQ(page.href(), "https://example.org/a/b?q=1#top");
    EXPECT_EQ(page.resolve("../c").href(), "https://example.org/c");
    EXPECT_EQ(url::parse(" ht\ntps:\\\\h\\a b\t ").href(), "https://h/a%20b");
    EXPECT_EQ(url::parse("http://h/\xFF").href(), "http://h/%FF") << "no UTF-8";
}

TEST(url, may_lack_all_parts_but_the_first) {
    const auto made = url::parse("http://h");
    EXPECT_EQ(made.href(), "http://h/");
    EXPECT_EQ(made.username(), "");
    EXPECT_EQ(made.password(), "");
    EXPECT_FALSE(made.has_user());
    EXPECT_EQ(made.port(), std::nullopt);
    EXPECT_FALSE(made.has_query());
    EXPECT_FALSE(made.has_fragment());
    EXPECT_EQ(made.target(), "/");
}

TEST(url, tells_an_empty_query_from_none) {
    const auto made = url::parse("http://h/?#");
    EXPECT_TRUE(made.has_query());
    EXPECT_EQ(made.query(), "");
    EXPECT_TRUE(made.has_fragment());
    EXPECT_EQ(made.fragment(), "");
    EXPECT_EQ(made.target(), "/?");
}

TEST(url, knows_the_ports_of_schemes) {
    EXPECT_EQ(url::parse("http://h").port_or_default(), 80);
    EXPECT_EQ(url::parse("https://h").port_or_default(), 443);
    EXPECT_EQ(url::parse("ws://h").port_or_default(), 80);
    EXPECT_EQ(url::parse("wss://h").port_or_default(), 443);
    EXPECT_EQ(url::parse("ftp://h").port_or_default(), 21);
    EXPECT_EQ(url::parse("file:///x").port_or_default(), 0);
    EXPECT_EQ(url::parse("sc://h").port_or_default(), 0);
    EXPECT_EQ(url::parse("sc://h:7").port_or_default(), 7);
    EXPECT_EQ(url::parse("http://h:443").port_or_default(), 443);
    EXPECT_EQ(url::parse("https://h:0443").port(), std::nullopt);
    EXPECT_EQ(url::default_port("wss"), 443);
    EXPECT_EQ(url::default_port(""), 0);
}

TEST(url, knows_what_its_host_is) {
    const auto kind_of = [](std::string_view text) { return url::parse(text).host_kind(); };
    EXPECT_EQ(kind_of("mailto:a@b"), url_host::none);
    EXPECT_EQ(kind_of("file:///x"), url_host::empty);
    EXPECT_EQ(kind_of("sc:///x"), url_host::empty);
    EXPECT_EQ(kind_of("http://1.2.3.example"), url_host::name);
    EXPECT_EQ(kind_of("http://1.2.3"), url_host::ipv4);
    EXPECT_EQ(kind_of("sc://1.2.3"), url_host::opaque);
    EXPECT_EQ(kind_of("sc://[::1]"), url_host::ipv6);
    EXPECT_TRUE(url::parse("http://[::1]").host_is_ip());
    EXPECT_TRUE(url::parse("http://127.1").host_is_ip());
    EXPECT_FALSE(url::parse("http://localhost").host_is_ip());
    EXPECT_FALSE(url::parse("data:,x").has_host());
}

TEST(url, gives_its_host_without_brackets) {
    EXPECT_EQ(url::parse("http://[2001:DB8::1]:81").host_bare(), "2001:db8::1");
    EXPECT_EQ(url::parse("http://127.1").host_bare(), "127.0.0.1");
    EXPECT_EQ(url::parse("http://h").host_bare(), "h");
    EXPECT_EQ(url::parse("data:,x").host_bare(), "");
}

TEST(url, writes_ipv6_with_its_longest_zeros_shortened) {
    const auto host = [](std::string_view text) {
        const auto made = url::try_parse("http://[" + std::string{text} + "]");
        return made ? std::string{made->host_bare()} : "none";
    };
    EXPECT_EQ(host("0:0:0:0:0:0:0:0"), "::");
    EXPECT_EQ(host("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
    EXPECT_EQ(host("0:0:1:0:0:1:0:0"), "::1:0:0:1:0:0") << "the first of equals";
    EXPECT_EQ(host("1:0:2:3:4:5:6:7"), "1:0:2:3:4:5:6:7") << "a single zero stays";
    EXPECT_EQ(host("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
    EXPECT_EQ(host("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0") << "`::` stands for one group, too";
    EXPECT_EQ(host("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
    EXPECT_EQ(host("::FFFF:192.0.2.1"), "::ffff:c000:201");
    EXPECT_EQ(host("1:2:3:4:5:6:255.255.255.255"), "1:2:3:4:5:6:ffff:ffff");
    for (const char* text : {"",
                             ":",
                             ":::",
                             "1",
                             "1:",
                             ":1",
                             "1::2::3",
                             "12345::",
                             "g::",
                             "::1%1",
                             "::1:",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1:2:3:4:5:6:7::8",
                             "1:2:3:4:5:6:7:8::",
                             "::2:3:4:5:6:7:8:9",
                             "::1.2.3",
                             "::1.2.3.4.5",
                             "::1.2.3.256",
                             "::1.2.3.04",
                             "::1.2.3.",
                             "::.1.2.3",
                             "::1.2.3.4:5",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "1:2:3:4:5:6::1.2.3.4",
                             "::a.1.2.3"})
        EXPECT_EQ(host(text), "none") << text;
}

TEST(url, reads_ipv4_in_all_forms_of_numbers) {
    const auto host = [](std::string_view text) {
        const auto made = url::try_parse("http://" + std::string{text});
        return made ? std::string{made->host()} : "none";
    };
    for (const char* text : {"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0X7F.0x1",
                             "0177.0.0.01", "017700000001", "127.0.0.1.", "%3127.1"})
        EXPECT_EQ(host(text), "127.0.0.1") << text;
    EXPECT_EQ(host("0x"), "0.0.0.0");
    EXPECT_EQ(host("4294967295"), "255.255.255.255");
    EXPECT_EQ(host("1.16777215"), "1.255.255.255");
    for (const char* text :
         {"4294967296", "1.16777216", "1.2.65536", "1.2.3.256", "256.1", "09", "1.2.3.4.5", "1..2",
          "x.1", "1.2.3.08", "0x1g.1", "99999999999999999999999999", "0xffffffffffffffffff"})
        EXPECT_EQ(host(text), "none") << text;
    EXPECT_EQ(host("1.2.3.4x"), "1.2.3.4x");
    EXPECT_EQ(host("1.."), "1..") << "no number at its end";
}

TEST(url, has_an_origin_if_its_scheme_has_hosts) {
    EXPECT_EQ(url::parse("HTTP://User@Example.org:80/x").origin(), "http://example.org");
    EXPECT_EQ(url::parse("wss://[::1]:8").origin(), "wss://[::1]:8");
    EXPECT_EQ(url::parse("file:///x").origin(), "null");
    EXPECT_EQ(url::parse("sc://h/").origin(), "null");
    EXPECT_EQ(url::parse("blob:https://h:1/x").origin(), "https://h:1");
    EXPECT_EQ(url::parse("blob:ftp://h/x").origin(), "null");
    EXPECT_EQ(url::parse("blob:blob:https://h/").origin(), "null");
    EXPECT_EQ(url{}.origin(), "null");
}

TEST(url, resolves_what_is_relative) {
    const auto base = url::parse("https://u:p@h:1/a/b?q#f");
    EXPECT_EQ(base.resolve("").href(), "https://u:p@h:1/a/b?q");
    EXPECT_EQ(base.resolve("#g").href(), "https://u:p@h:1/a/b?q#g");
    EXPECT_EQ(base.resolve("?r").href(), "https://u:p@h:1/a/b?r");
    EXPECT_EQ(base.resolve("c").href(), "https://u:p@h:1/a/c");
    EXPECT_EQ(base.resolve("../../c/.").href(), "https://u:p@h:1/c/");
    EXPECT_EQ(base.resolve("/c").href(), "https://u:p@h:1/c");
    EXPECT_EQ(base.resolve("//i/c").href(), "https://i/c");
    EXPECT_EQ(base.resolve("\\\\i\\c").href(), "https://i/c");
    EXPECT_EQ(base.resolve("http:c").href(), "http://c/");
    EXPECT_EQ(base.resolve("https:c").href(), "https://u:p@h:1/a/c");
    EXPECT_EQ(url::parse("c", base), base.resolve("c"));
}

TEST(url, keeps_a_path_of_two_slashes_from_being_a_host) {
    const auto base = url::parse("sc:/.//a/b");
    EXPECT_EQ(base.path(), "//a/b");
    EXPECT_FALSE(base.has_host());
    EXPECT_EQ(base.resolve("c").href(), "sc:/.//a/c");
    EXPECT_EQ(base.resolve("/c").href(), "sc:/c");
    EXPECT_EQ(base.resolve("?q#f").href(), "sc:/.//a/b?q#f");
    EXPECT_EQ(base.resolve("#f").path(), "//a/b");
    EXPECT_EQ(base.resolve("../../c").href(), "sc:/c");
    EXPECT_EQ(base.with_host("h").href(), "sc://h//a/b");
    EXPECT_EQ(base.with_path("/x").href(), "sc:/x");
    EXPECT_EQ(base.with_path("//x").href(), "sc:/.//x");
}

TEST(url, keeps_xn_hosts_and_refuses_what_they_stand_for) {
    EXPECT_EQ(url::parse("http://XN--Mnchen-3ya.de").host(), "xn--mnchen-3ya.de");
    EXPECT_EQ(fault_of("http://m\xC3\xBCnchen.de"), "a host beyond ASCII (write its xn-- form) @7");
    EXPECT_EQ(fault_of("http://m%C3%BCnchen.de"), "a host beyond ASCII (write its xn-- form) @7");
}

TEST(url, says_what_is_wrong_and_where) {
    EXPECT_EQ(fault_of(""), "no scheme @0");
    EXPECT_EQ(fault_of("example.org/x"), "no scheme @0");
    EXPECT_EQ(fault_of("1a://h"), "no scheme @0");
    EXPECT_EQ(fault_of("x", url::parse("mailto:a@b")),
              "the base has no path to resolve against @0");
    EXPECT_EQ(fault_of("http://"), "no host @7");
    EXPECT_EQ(fault_of("http://u@/x"), "no host @9");
    EXPECT_EQ(fault_of("http://:80"), "no host @7");
    EXPECT_EQ(fault_of("http://a b"), "a character that no host has @8");
    EXPECT_EQ(fault_of("http://u:p@a<b"), "a character that no host has @12");
    EXPECT_EQ(fault_of("http://a%00b"), "a character that no host has @7");
    EXPECT_EQ(fault_of("sc://a^b"), "a character that no host has @6");
    EXPECT_EQ(fault_of("http://1.2.3.256/"), "not an IPv4 address @7");
    EXPECT_EQ(fault_of("http://[::1/"), "not an IPv6 address in brackets @7");
    EXPECT_EQ(fault_of("http://h:8x0"), "not a port @10");
    EXPECT_EQ(fault_of("http://h:65536"), "not a port @9");
    EXPECT_EQ(fault_of("http://h:65535"), "none: http://h:65535/");
}

TEST(url, counts_positions_in_the_text_that_was_given) {
    EXPECT_EQ(fault_of(" \n http://a b"), "a character that no host has @11");
    EXPECT_EQ(fault_of(" ht\ntp\t://a\r b"), "a character that no host has @12");
    EXPECT_EQ(fault_of("http:\n//"), "no host @8");
}

TEST(url, throws_what_is_wrong) {
    const auto message = message_of([] { return url::parse("http://h:x/"); });
    EXPECT_EQ(message.find("URL \"http://h:x/\": not a port at position 9"), 0U) << message;
    const auto base = url::parse("mailto:a@b");
    EXPECT_NE(message_of([&] { return base.resolve("x"); }).find("base"), std::string::npos);
}

TEST(url, shows_no_password_no_line_and_no_book_in_messages) {
    for (const char* text : {"http://me:secret@h:x/", "http:me:secret@h:x", "http://me:se@cret@h:x",
                             "http://me:se/secret@h:x", "\\\\me:secret@h"}) {
        const auto message = message_of([&] { return url::parse(text); });
        EXPECT_EQ(message.find("cret"), std::string::npos) << message;
    }
    const auto lines = message_of([] { return url::parse("http://h:x/\nGET\x7F"); });
    EXPECT_NE(lines.find("x/?GET?"), std::string::npos) << lines;
    const auto book = message_of([] { return url::parse(std::string(5000, 'x')); });
    EXPECT_LT(book.size(), 300U);
}

TEST(url, has_a_limit) {
    const std::string head = "http://h/";
    const std::string longest = head + std::string(url_bytes_max - head.size(), 'x');
    EXPECT_EQ(url::parse(longest).href(), longest);
    EXPECT_EQ(url::try_parse(longest + 'x').problem().fault, url_fault::too_long);
    EXPECT_EQ(url::try_parse(longest + ' ').problem().fault, url_fault::too_long);
    EXPECT_THROW((void)url::parse(longest + 'x'), patio::limit_exceeded);
    // One byte that is encoded makes two more.
    const std::string encoded = head + std::string(url_bytes_max - head.size() - 3, 'x') + '<';
    EXPECT_EQ(url::parse(encoded).href().size(), url_bytes_max);
    EXPECT_EQ(url::try_parse(encoded + 'x').problem().fault, url_fault::too_long);
    EXPECT_EQ(url::parse(longest).try_resolve("?q").problem().fault, url_fault::too_long);
    EXPECT_THROW((void)url::parse(longest).with_fragment(""), patio::limit_exceeded);
}

TEST(url, is_a_value) {
    const auto made = url::parse("http://H/a");
    url copy = made;
    EXPECT_EQ(copy, url::parse("http://h:80/./a"));
    EXPECT_LT(copy, url::parse("http://h/b"));
    EXPECT_EQ((std::unordered_set<url>{made, copy}.size()), 1U);
    const url moved = std::move(copy);
    EXPECT_EQ(moved, made);
    EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): it says so
    EXPECT_EQ(copy.path(), "");
    EXPECT_EQ(copy.port_or_default(), 0);
    url assigned;
    assigned = url{moved};
    EXPECT_EQ(assigned.host(), "h");
    EXPECT_EQ(url::parse("http://h/").href(), "http://h/");
}

TEST(url, may_be_empty) {
    const url none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.scheme(), "");
    EXPECT_EQ(none.host(), "");
    EXPECT_EQ(none.target(), "");
    EXPECT_FALSE(none.has_host());
    EXPECT_FALSE(none.has_query());
    EXPECT_FALSE(none.has_fragment());
    EXPECT_EQ(none.without_fragment(), none);
    EXPECT_EQ(none.without_query(), none);
    EXPECT_EQ(none.with_user("", ""), none);
    EXPECT_EQ(fault_of("x", none), "no scheme @0") << "none is no base";
    EXPECT_THROW((void)none.with_scheme("http"), patio::error);
    EXPECT_THROW((void)none.with_user("a", ""), patio::error);
    EXPECT_THROW((void)none.with_host("h"), patio::error);
    EXPECT_THROW((void)none.with_port(std::uint16_t{1}), patio::error);
    EXPECT_THROW((void)none.with_path("/"), patio::error);
    EXPECT_THROW((void)none.with_query(""), patio::error);
    EXPECT_THROW((void)none.with_fragment(""), patio::error);
}

TEST(url_result, ends_the_program_if_it_is_asked_for_what_it_has_not) {
    const auto made = url::try_parse("");
    EXPECT_FALSE(made.has_value());
    EXPECT_DEATH((void)made->href(), "the text is no URL");
}

TEST(url, changes_its_scheme_among_those_of_one_kind) {
    const auto made = url::parse("ws://h:443/x?y");
    EXPECT_EQ(made.with_scheme("HTTP").href(), "http://h:443/x?y");
    EXPECT_EQ(made.with_scheme("wss").href(), "wss://h/x?y") << "it is the scheme's port";
    EXPECT_EQ(url::parse("a:b").with_scheme("c+1").href(), "c+1:b");
    for (const char* scheme : {"", "sc", "file", "http:", "1", "ht tp"})
        EXPECT_THROW((void)made.with_scheme(scheme), patio::error) << scheme;
    EXPECT_THROW((void)url::parse("a:b").with_scheme("http"), patio::error);
    EXPECT_THROW((void)url::parse("file://h/").with_scheme("http"), patio::error);
}

TEST(url, changes_its_user) {
    const auto made = url::parse("http://h/");
    EXPECT_EQ(made.with_user("a@b", "c:d/e").href(), "http://a%40b:c%3Ad%2Fe@h/");
    EXPECT_EQ(made.with_user("", "p").href(), "http://:p@h/");
    EXPECT_EQ(made.with_user("u", "").href(), "http://u@h/");
    EXPECT_EQ(made.with_user("u", "p").with_user("", ""), made);
    for (const char* text : {"file://h/", "sc:/x", "mailto:x", "sc:///"})
        EXPECT_THROW((void)url::parse(text).with_user("u", ""), patio::error) << text;
}

TEST(url, changes_its_host) {
    const auto made = url::parse("http://u:p@h:1/x?y#z");
    EXPECT_EQ(made.with_host("Example.ORG").href(), "http://u:p@example.org:1/x?y#z");
    EXPECT_EQ(made.with_host("[1:0::2]").host(), "[1::2]");
    EXPECT_EQ(made.with_host("0x7f.1").host_kind(), url_host::ipv4);
    for (const char* host :
         {"", "a/b", "a:1", "a@b", "a?b", "a#b", "a b", "::1", "[::1", "\xC3\xBC"})
        EXPECT_THROW((void)made.with_host(host), patio::error) << host;
    EXPECT_NE(message_of([&] { return made.with_host("a b"); }).find("position 1"),
              std::string::npos);
    EXPECT_EQ(url::parse("file://h/x").with_host("localhost").href(), "file:///x");
    EXPECT_EQ(url::parse("file:///x").with_host("h").href(), "file://h/x");
    EXPECT_EQ(url::parse("sc:/x").with_host("h").href(), "sc://h/x");
    EXPECT_EQ(url::parse("sc://h/x").with_host("").href(), "sc:///x");
    EXPECT_THROW((void)url::parse("sc://u@h/x").with_host(""), patio::error);
    EXPECT_THROW((void)url::parse("mailto:x").with_host("h"), patio::error);
}

TEST(url, changes_its_port) {
    const auto made = url::parse("http://h/");
    EXPECT_EQ(made.with_port(std::uint16_t{81}).href(), "http://h:81/");
    EXPECT_EQ(made.with_port(std::uint16_t{80}), made);
    EXPECT_EQ(made.with_port(std::uint16_t{0}).port(), 0);
    EXPECT_EQ(url::parse("http://h:8/").with_port(std::nullopt), made);
    for (const char* text : {"file://h/", "sc:/x", "mailto:x", "sc:///"})
        EXPECT_THROW((void)url::parse(text).with_port(std::uint16_t{1}), patio::error) << text;
}

TEST(url, changes_its_path) {
    const auto made = url::parse("http://h/x?y#z");
    EXPECT_EQ(made.with_path("/a b/?#%41\t").href(), "http://h/a%20b/%3F%23%41%09?y#z");
    EXPECT_EQ(made.with_path("a/../b/.").path(), "/b/");
    EXPECT_EQ(made.with_path("\\a\\b").path(), "/a/b");
    EXPECT_EQ(made.with_path("").path(), "/");
    EXPECT_EQ(made.with_path("//a").path(), "//a");
    EXPECT_EQ(url::parse("sc://h/x").with_path("").href(), "sc://h");
    EXPECT_EQ(url::parse("sc:/x").with_path("").href(), "sc:/");
    EXPECT_EQ(url::parse("file:///x").with_path("C|/../y").path(), "/C:/y");
    EXPECT_THROW((void)url::parse("mailto:x").with_path("/"), patio::error);
}

TEST(url, changes_its_query_and_fragment) {
    const auto made = url::parse("http://h/x?y#z");
    EXPECT_EQ(made.with_query("a='#'").href(), "http://h/x?a=%27%23%27#z");
    EXPECT_EQ(made.with_query("").href(), "http://h/x?#z");
    EXPECT_EQ(made.without_query().href(), "http://h/x#z");
    EXPECT_EQ(made.with_fragment("a #b").href(), "http://h/x?y#a%20#b");
    EXPECT_EQ(made.with_fragment("").href(), "http://h/x?y#");
    EXPECT_EQ(made.without_fragment().href(), "http://h/x?y");
    EXPECT_EQ(made.without_fragment(), url::parse("http://h/x?y"));
    EXPECT_EQ(url::parse("sc://h").with_query("'").href(), "sc://h?'");
    EXPECT_EQ(url::parse("mailto:x").with_query("a b").href(), "mailto:x?a%20b");
}

}  // namespace
