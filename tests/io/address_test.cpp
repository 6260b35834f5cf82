// SPDX-License-Identifier: MIT

#include <patio/io/address.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include <net/if.h>

namespace {

using patio::ip_address;

static_assert(ip_address::loopback_v4() == ip_address::v4(127, 0, 0, 1));
static_assert(ip_address::any_v6().is_v6() && ip_address::any_v6().size() == 16);

std::string round_trip(std::string_view text) { return ip_address::parse(text).to_string(); }

TEST(ip_address, reads_and_writes_both_families) {
    EXPECT_EQ(round_trip("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(round_trip("0.0.0.0"), "0.0.0.0");
    EXPECT_EQ(round_trip("255.255.255.255"), "255.255.255.255");
    EXPECT_EQ(round_trip("::"), "::");
    EXPECT_EQ(round_trip("::1"), "::1");
    EXPECT_EQ(round_trip("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    EXPECT_EQ(round_trip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(ip_address, writes_the_canonical_form) {
    // RFC 5952, section 4.
    EXPECT_EQ(round_trip("2001:0DB8:0:0:0:0:0:1"), "2001:db8::1");
    EXPECT_EQ(round_trip("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(round_trip("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
}

TEST(ip_address, keeps_the_scope_of_ipv6) {
    const auto numbered = ip_address::parse("fe80::1%7");
    EXPECT_EQ(numbered.scope_id(), 7U);
    EXPECT_EQ(numbered.to_string(), "fe80::1%7");
    EXPECT_EQ(ip_address::parse("fe80::1%lo").scope_id(), ::if_nametoindex("lo"));
    EXPECT_NE(numbered, ip_address::parse("fe80::1"));
}

TEST(ip_address, refuses_what_is_not_one) {
    for (const char* text : {"",
                             " ",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.4 ",
                             "0x7f.1",
                             "1.2.3.-4",
                             ":",
                             ":::",
                             "1::2::3",
                             "12345::",
                             "::1%",
                             "::1%no-such-interface",
                             "::1%4294967296",
                             "[::1]",
                             "1.2.3.4%1",
                             "localhost",
                             "::ffff:1.2.3.4:80",
                             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
        EXPECT_FALSE(ip_address::try_parse(text)) << text;
    }
    using namespace std::string_view_literals;
    EXPECT_FALSE(ip_address::try_parse("1.2.3.4\0"sv));
    EXPECT_FALSE(ip_address::try_parse("::1\0"sv));
}

TEST(ip_address, names_the_text_that_is_malformed) {
    try {
        (void)ip_address::parse("1.2.3");
        ADD_FAILURE();
    } catch (const patio::error& e) {
        EXPECT_EQ(e.code(), patio::errc::malformed);
        EXPECT_STREQ(e.what(), "IP address \"1.2.3\": the text is malformed");
    }
}

TEST(ip_address, knows_what_kind_it_is) {
    const auto is = [](std::string_view text, auto question) {
        return (ip_address::parse(text).*question)();
    };
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is(text, &ip_address::is_loopback)) << text;
    for (const char* text : {"128.0.0.1", "::", "::2", "7f00::", "::ffff:1.2.3.4"})
        EXPECT_FALSE(is(text, &ip_address::is_loopback)) << text;
    EXPECT_TRUE(is("0.0.0.0", &ip_address::is_unspecified));
    EXPECT_TRUE(is("::", &ip_address::is_unspecified));
    EXPECT_FALSE(is("0.0.0.1", &ip_address::is_unspecified));
    EXPECT_TRUE(is("239.1.2.3", &ip_address::is_multicast));
    EXPECT_TRUE(is("ff02::1", &ip_address::is_multicast));
    EXPECT_FALSE(is("240.0.0.1", &ip_address::is_multicast));
    EXPECT_TRUE(is("169.254.1.1", &ip_address::is_link_local));
    EXPECT_TRUE(is("febf::1", &ip_address::is_link_local));
    EXPECT_FALSE(is("fec0::1", &ip_address::is_link_local));
    for (const char* text : {"10.1.1.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "fd00::1"})
        EXPECT_TRUE(is(text, &ip_address::is_private)) << text;
    for (const char* text : {"11.0.0.1", "172.32.0.1", "192.169.1.1", "fe00::1"})
        EXPECT_FALSE(is(text, &ip_address::is_private)) << text;
}

TEST(ip_address, unwraps_mapped_addresses) {
    EXPECT_EQ(ip_address::parse("::ffff:1.2.3.4").unmapped(), ip_address::v4(1, 2, 3, 4));
    EXPECT_EQ(ip_address::parse("::1").unmapped(), ip_address::loopback_v6());
    EXPECT_FALSE(ip_address::v4(1, 2, 3, 4).is_v4_mapped());
}

TEST(ip_address, sorts_by_family_then_bytes_then_scope) {
    std::vector<ip_address> sorted;
    for (const char* text : {"fe80::1%2", "::1", "10.0.0.1", "9.255.0.1", "fe80::1%1"})
        sorted.push_back(ip_address::parse(text));
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> texts;
    for (const ip_address& address : sorted)
        texts.push_back(address.to_string());
    EXPECT_EQ(texts,
              (std::vector<std::string>{"9.255.0.1", "10.0.0.1", "::1", "fe80::1%1", "fe80::1%2"}));
}

TEST(ip_address, can_be_hashed) {
    std::unordered_set<ip_address> set;
    set.insert(ip_address::loopback_v4());
    set.insert(ip_address::parse("127.0.0.1"));
    set.insert(ip_address::loopback_v6());
    EXPECT_EQ(set.size(), 2U);
}

}  // namespace
