// SPDX-License-Identifier: MIT

#include <patio/http/percent_encoding.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using patio::http::percent_decode;
using patio::http::percent_encode;
using patio::http::percent_set;

/// The printable ASCII characters that a set has.
std::string characters_of(percent_set set) {
    std::string found;
    for (char c = 0x20; c < 0x7F; ++c) {
        if (percent_encode(std::string(1, c), set).size() != 1) found += c;
    }
    return found;
}

TEST(percent_sets, have_the_characters_of_the_standard) {
    EXPECT_EQ(characters_of(percent_set::c0_control), "");
    EXPECT_EQ(characters_of(percent_set::fragment), " \"<>`");
    EXPECT_EQ(characters_of(percent_set::query), " \"#<>");
    EXPECT_EQ(characters_of(percent_set::special_query), " \"#'<>");
    EXPECT_EQ(characters_of(percent_set::path), " \"#<>?^`{}");
    EXPECT_EQ(characters_of(percent_set::userinfo), " \"#/:;<=>?@[\\]^`{|}");
    EXPECT_EQ(characters_of(percent_set::component), " \"#$%&+,/:;<=>?@[\\]^`{|}");
    EXPECT_EQ(characters_of(percent_set::form), " !\"#$%&'()+,/:;<=>?@[\\]^`{|}~");
}

TEST(percent_sets, all_have_controls_and_bytes_beyond_ascii) {
    constexpr unsigned last_set = static_cast<unsigned>(percent_set::form);
    for (unsigned set = 1; set <= last_set; set *= 2) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            if (byte > 0x1F && byte < 0x7F) continue;
            const std::string text(1, static_cast<char>(byte));
            EXPECT_EQ(percent_encode(text, static_cast<percent_set>(set)).size(), 3U) << byte;
        }
    }
}

TEST(percent_encoding, is_written_in_capitals) {
    EXPECT_EQ(percent_encode("\xC3\xBC/\x7F", percent_set::path), "%C3%BC/%7F");
    EXPECT_EQ(percent_encode("", percent_set::path), "");
    EXPECT_EQ(percent_encode(" a  b ", percent_set::path), "%20a%20%20b%20");
}

TEST(percent_encoding, leaves_encoded_text_alone_unless_it_is_a_component) {
    EXPECT_EQ(percent_encode("%20", percent_set::path), "%20");
    EXPECT_EQ(percent_encode("%20", percent_set::component), "%2520");
}

TEST(percent_decoding, turns_digits_of_both_cases_into_bytes) {
    EXPECT_EQ(percent_decode("%c3%BC%00x"), (std::string{"\xC3\xBC\0x", 4}));
    EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(percent_decoding, leaves_what_is_not_encoded) {
    for (const std::string_view text : {"", "%", "%%", "a%", "%4", "%4g", "%g4", "100% sure"})
        EXPECT_EQ(percent_decode(text), text);
    EXPECT_EQ(percent_decode("%%41"), "%A");
    EXPECT_EQ(percent_decode("%2541"), "%41") << "once";
}

TEST(percent_decoding, gives_back_what_was_encoded_as_a_component) {
    std::string all;
    for (unsigned byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    EXPECT_EQ(percent_decode(percent_encode(all, percent_set::component)), all);
    EXPECT_EQ(percent_decode(percent_encode(all, percent_set::form)), all);
}

}  // namespace
