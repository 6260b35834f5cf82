// SPDX-License-Identifier: MIT

#include "wire_ws/sha1.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace {

std::string digest(const std::string& text) {
    std::string digits;
    for (const std::byte each : patio::wire::ws::sha1(text)) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", std::to_integer<unsigned>(each));
        digits += two;
    }
    return digits;
}

std::string repeat(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

// RFC 3174 section 7.3
TEST(sha1, gives_the_digests_of_the_rfc) {
    EXPECT_EQ(digest("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(digest(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    EXPECT_EQ(
        digest(repeat("0123456701234567012345670123456701234567012345670123456701234567", 10)),
        "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

// From sha1sum(1): the lengths at which the padding needs another block.
TEST(sha1, pads_at_each_edge_of_a_block) {
    EXPECT_EQ(digest(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(digest(std::string(55, 'a')), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    EXPECT_EQ(digest(std::string(56, 'a')), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    EXPECT_EQ(digest(std::string(63, 'a')), "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    EXPECT_EQ(digest(std::string(64, 'a')), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    EXPECT_EQ(digest(std::string(65, 'a')), "11655326c708d70319be2610e8a57d9a5b959d3b");
}

}  // namespace
