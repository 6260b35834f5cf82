// SPDX-License-Identifier: MIT

#include "wire_ws/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace {

using patio::wire::ws::utf8_validator;

/// How many bytes of `text` are good, by the table in RFC 3629 section 4 and nothing clever.
std::size_t good_bytes(std::string_view text) {
    std::size_t index = 0;
    while (index < text.size()) {
        const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const unsigned lead = at(index);
        std::size_t more = 0;
        unsigned low = 0x80;
        unsigned high = 0xbf;
        if (lead <= 0x7f) {
            more = 0;
        } else if (lead >= 0xc2 && lead <= 0xdf) {
            more = 1;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            if (lead == 0xe0) low = 0xa0;
            if (lead == 0xed) high = 0x9f;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            if (lead == 0xf0) low = 0x90;
            if (lead == 0xf4) high = 0x8f;
        } else {
            return index;
        }
        ++index;
        for (; more > 0 && index < text.size(); --more, ++index) {
            if (at(index) < low || at(index) > high) return index;
            low = 0x80;
            high = 0xbf;
        }
    }
    return index;
}

/// Demands the same good bytes whole and in two pieces.
void check(std::string_view text) {
    const std::size_t expected = good_bytes(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        utf8_validator validator;
        std::size_t good = validator.check(text.substr(0, cut));
        if (good == cut) good += validator.check(text.substr(cut));
        ASSERT_EQ(good, expected) << "cut at " << cut;
    }
}

TEST(utf8, takes_and_refuses_every_pair_of_bytes_as_the_table_says) {
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; ++b)
            check(std::string{static_cast<char>(a), static_cast<char>(b)});
    }
}

TEST(utf8, knows_the_edges_of_longer_sequences) {
    for (const char* text :
         {"\xe0\xa0\x80", "\xe0\x9f\xbf", "\xed\x9f\xbf", "\xed\xa0\x80", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xc0\x80", "\xc1\xbf",
          "\xe1\x80\xc0", "\xf1\x80\x80\x7f", "\xf1\x80\xc0\x80"}) {
        check(text);
    }
}

TEST(utf8, finds_the_first_bad_byte_wherever_it_stands) {
    const std::string text =
        "plain text, \xd0\x9f\xd1\x80 and \xe2\x82\xac, \xf0\x9f\x98\x80 and so on";
    check(text);
    for (std::size_t place = 0; place <= text.size(); ++place) {
        std::string bad = text;
        bad.insert(place, 1, '\xff');
        check(bad);
    }
}

TEST(utf8, agrees_with_the_table_on_random_bytes) {
    std::mt19937 random{7};
    const std::string_view likely = "\x80\x8f\x90\x9f\xa0\xbf\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4z";
    for (int i = 0; i < 3000; ++i) {
        std::string text(random() % 24, 'a');
        for (char& c : text) {
            if (random() % 2 == 0) c = likely[random() % likely.size()];
        }
        check(text);
    }
}

TEST(utf8, says_whether_a_text_may_end) {
    utf8_validator validator;
    EXPECT_TRUE(validator.is_complete());
    EXPECT_EQ(validator.check("\xf0\x9f"), 2U);
    EXPECT_FALSE(validator.is_complete());
    EXPECT_EQ(validator.check("\x98\x80"), 2U);
    EXPECT_TRUE(validator.is_complete());
    EXPECT_EQ(validator.check("\xff"), 0U);
    EXPECT_EQ(validator.check("a"), 0U) << "nothing is good behind a bad byte";
    validator.reset();
    EXPECT_EQ(validator.check("a"), 1U);
    EXPECT_TRUE(utf8_validator::is_valid(""));
    EXPECT_FALSE(utf8_validator::is_valid("\xc3"));
}

}  // namespace
