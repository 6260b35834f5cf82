// SPDX-License-Identifier: MIT

#include <patio/http/query_params.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using patio::http::form_decode;
using patio::http::form_encode;
using patio::http::query_param;
using patio::http::query_params;
using pairs = std::vector<query_param>;

TEST(form, is_pairs_between_ampersands) {
    EXPECT_EQ(form_decode("a=1&b=two"), (pairs{{"a", "1"}, {"b", "two"}}));
    EXPECT_EQ(form_decode("b=2&a=1&b=3"), (pairs{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
}

TEST(form, may_lack_names_values_and_pairs) {
    EXPECT_EQ(form_decode(""), pairs{});
    EXPECT_EQ(form_decode("&&"), pairs{});
    EXPECT_EQ(form_decode("a"), (pairs{{"a", ""}}));
    EXPECT_EQ(form_decode("a="), (pairs{{"a", ""}}));
    EXPECT_EQ(form_decode("=a"), (pairs{{"", "a"}}));
    EXPECT_EQ(form_decode("="), (pairs{{"", ""}}));
    EXPECT_EQ(form_decode("&a=1&&b=2&"), (pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(form_decode("a=b=c"), (pairs{{"a", "b=c"}}));
}

TEST(form, has_spaces_as_plus_signs) {
    EXPECT_EQ(form_decode("a+b=+c++"), (pairs{{"a b", " c  "}}));
    EXPECT_EQ(form_encode({{"a b", " c  "}}), "a+b=+c++");
}

TEST(form, decodes_after_it_has_split) {
    EXPECT_EQ(form_decode("a%26b=c%3Dd%2B"), (pairs{{"a&b", "c=d+"}}));
    EXPECT_EQ(form_decode("%zz=%"), (pairs{{"%zz", "%"}}));
}

TEST(form, encodes_all_but_letters_digits_and_four_marks) {
    EXPECT_EQ(form_encode({{"*-._", "~!'()"}}), "*-._=%7E%21%27%28%29");
    EXPECT_EQ(form_encode({{"\xC3\xBC", "&=+%"}}), "%C3%BC=%26%3D%2B%25");
    EXPECT_EQ(form_encode({}), "");
    EXPECT_EQ(form_encode({{"", ""}}), "=");
}

TEST(form, gives_back_any_bytes) {
    std::string all;
    for (unsigned byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    const pairs params{{all, ""}, {"", all}, {all, all}};
    EXPECT_EQ(form_decode(form_encode(params)), params);
}

TEST(query_params, are_found_by_name) {
    const auto params = query_params::parse("a=1&b=2&a=3&c");
    EXPECT_EQ(params.size(), 4U);
    EXPECT_EQ(params.get("a"), "1");
    EXPECT_EQ(params.get("c"), "");
    EXPECT_EQ(params.get("A"), std::nullopt);
    EXPECT_EQ(params.get_all("a"), (std::vector<std::string_view>{"1", "3"}));
    EXPECT_TRUE(params.contains("b"));
    EXPECT_FALSE(params.contains(""));
}

TEST(query_params, keep_their_order_when_one_is_added) {
    query_params params{{"a", "1"}};
    params.append("b", "2");
    params.append("a", "3");
    EXPECT_EQ(params.to_string(), "a=1&b=2&a=3");
}

TEST(query_params, have_one_value_after_it_was_set) {
    auto params = query_params::parse("x=0&a=1&b=2&a=3&a=4");
    params.set("a", "9");
    EXPECT_EQ(params.to_string(), "x=0&a=9&b=2");
    params.set("new", "5");
    EXPECT_EQ(params.to_string(), "x=0&a=9&b=2&new=5");
}

TEST(query_params, can_be_erased) {
    auto params = query_params::parse("a=1&b=2&a=3");
    EXPECT_EQ(params.erase("a"), 2U);
    EXPECT_EQ(params.erase("a"), 0U);
    EXPECT_EQ(params, (query_params{{"b", "2"}}));
    EXPECT_FALSE(params.empty());
    EXPECT_EQ(params.erase("b"), 1U);
    EXPECT_TRUE(params.empty());
}

TEST(query_params, may_be_changed_by_names_of_their_own) {
    auto params = query_params::parse("b=1&a=2&b=3&a=4");
    params.set((params.begin() + 2)->first, "5");
    EXPECT_EQ(params.to_string(), "b=5&a=2&a=4");
    EXPECT_EQ(params.erase(params.begin()->first), 1U);
    EXPECT_EQ(params.to_string(), "a=2&a=4");
}

}  // namespace
