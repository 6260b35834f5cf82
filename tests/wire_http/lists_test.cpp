// SPDX-License-Identifier: MIT

#include "wire_http/lists.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace patio::wire::http;
using texts = std::vector<std::string>;

texts elements(std::string_view list, char separator = ',') {
    texts all;
    list_reader from{list, separator};
    while (const auto element = from.next())
        all.emplace_back(*element);
    return all;
}

TEST(tokens, are_the_same_in_any_case_of_ascii) {
    EXPECT_TRUE(is_same_token("Content-Length", "content-LENGTH"));
    EXPECT_FALSE(is_same_token("content-length", "content_length"));
    EXPECT_FALSE(is_same_token("close", "closed"));
    EXPECT_FALSE(is_same_token("[", "{")) << "these differ by the same bit";
    EXPECT_FALSE(is_same_token("K", "\xe2\x84\xaa")) << "the sign for kelvin is no k";
}

TEST(tokens, have_only_the_characters_of_the_rfc) {
    EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
    for (const char* text :
         {"",  " ",  "a b", "a:", "a\t", "a/b", "(", ")", "<", ">",    "@",       ",",
          ";", "\\", "\"",  "[",  "]",   "?",   "=", "{", "}", "\x7f", "\xc3\xa4"})
        EXPECT_FALSE(is_token(text)) << text;
    EXPECT_FALSE(is_token(std::string_view{"a\0", 2}));
}

TEST(lists, are_read_without_blanks_and_empty_elements) {
    EXPECT_EQ(elements("a, b ,c\t,\td"), (texts{"a", "b", "c", "d"}));
    EXPECT_EQ(elements(",, a, ,b,"), (texts{"a", "b"}));
    EXPECT_EQ(elements(""), texts{});
    EXPECT_EQ(elements(" , ,"), texts{});
    EXPECT_EQ(elements("a b"), texts{"a b"});
}

TEST(lists, keep_quoted_strings_together) {
    EXPECT_EQ(elements(R"("a,b", c="d\",e")"), (texts{R"("a,b")", R"(c="d\",e")"}));
    EXPECT_EQ(elements(R"("never ends, a)"), texts{R"("never ends, a)"});
    EXPECT_EQ(elements(R"("ends with \)"), texts{R"("ends with \)"});
    EXPECT_EQ(elements(R"(a; b="c;d";e)", ';'), (texts{"a", R"(b="c;d")", "e"}));
}

TEST(lists, have_tokens) {
    EXPECT_TRUE(has_token("Keep-Alive, Upgrade", "upgrade"));
    EXPECT_FALSE(has_token("keep-alive-not", "keep-alive"));
    EXPECT_FALSE(has_token("", ""));
}

TEST(lists, find_fields_by_name) {
    const field all[] = {{"a", "1"}, {"B", "2"}, {"A", "3"}};
    ASSERT_NE(find_field(all, "A"), nullptr);
    EXPECT_EQ(find_field(all, "A")->value, "1");
    EXPECT_EQ(find_field(all, "b")->value, "2");
    EXPECT_EQ(find_field(all, "c"), nullptr);
}

TEST(weights, have_three_digits_behind_the_point) {
    EXPECT_EQ(parse_weight("0"), 0);
    EXPECT_EQ(parse_weight("1"), 1000);
    EXPECT_EQ(parse_weight("0."), 0);
    EXPECT_EQ(parse_weight("1.000"), 1000);
    EXPECT_EQ(parse_weight("0.5"), 500);
    EXPECT_EQ(parse_weight("0.055"), 55);
    EXPECT_EQ(parse_weight("0.001"), 1);
    for (const char* text : {"", "2", "1.1", "1.001", "0.0001", ".5", "-0", "+1", "0,5", "01", "0x",
                             "0.5x", " 1", "nan"})
        EXPECT_FALSE(parse_weight(text)) << text;
}

TEST(weights, are_taken_off_their_element) {
    EXPECT_EQ(parse_weighted("gzip").name, "gzip");
    EXPECT_EQ(parse_weighted("gzip").weight, 1000);
    EXPECT_EQ(parse_weighted("gzip;q=0.2").name, "gzip");
    EXPECT_EQ(parse_weighted("gzip ; Q=0.2").weight, 200);
    EXPECT_EQ(parse_weighted("text/html;level=1 ; q=0.7;ext=a").name, "text/html;level=1");
    EXPECT_EQ(parse_weighted("text/html;level=1").name, "text/html;level=1");
    EXPECT_EQ(parse_weighted("gzip;q=2").weight, 0);
    EXPECT_EQ(parse_weighted("gzip;q=").weight, 0);
    EXPECT_EQ(parse_weighted("").weight, 0);
    EXPECT_EQ(parse_weighted(";;").weight, 0);
    EXPECT_EQ(parse_weighted(";q=0.5").weight, 1000) << "without a name in front it is a name";
}

TEST(accept_encoding, says_how_much_a_coding_is_wanted) {
    // Examples of RFC 9110 section 12.5.3.
    EXPECT_EQ(weight_of_coding("compress, gzip", "gzip"), 1000);
    EXPECT_EQ(weight_of_coding("", "gzip"), 0);
    EXPECT_EQ(weight_of_coding("", "identity"), 1);
    EXPECT_EQ(weight_of_coding("*", "gzip"), 1000);
    EXPECT_EQ(weight_of_coding("compress;q=0.5, gzip;q=1.0", "compress"), 500);
    EXPECT_EQ(weight_of_coding("gzip;q=1.0, identity; q=0.5, *;q=0", "identity"), 500);
    EXPECT_EQ(weight_of_coding("gzip;q=1.0, identity; q=0.5, *;q=0", "br"), 0);
}

TEST(accept_encoding, rules_out_no_coding_at_all_only_if_told) {
    EXPECT_EQ(weight_of_coding("gzip", "identity"), 1);
    EXPECT_EQ(weight_of_coding("identity;q=0", "identity"), 0);
    EXPECT_EQ(weight_of_coding("*;q=0", "identity"), 0);
    EXPECT_EQ(weight_of_coding("*;q=0.5", "identity"), 1);
    EXPECT_EQ(weight_of_coding("GZip;q=0", "gzip"), 0);
}

}  // namespace
