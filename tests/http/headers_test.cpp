// SPDX-License-Identifier: MIT

#include <patio/http/headers.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using patio::http::header_fault;
using patio::http::headers;

static_assert(std::forward_iterator<headers::iterator>);
static_assert(std::forward_iterator<headers::values::iterator>);

std::vector<std::string_view> all_of(const headers& fields, std::string_view name) {
    std::vector<std::string_view> values;
    for (const std::string_view value : fields.all(name))
        values.push_back(value);
    return values;
}

using views = std::vector<std::string_view>;

TEST(headers, are_found_whatever_the_case_of_their_name) {
    const headers fields = headers{"Content-Type", "text/plain"}.set("X-a", "1");
    EXPECT_EQ(fields.get("content-TYPE"), "text/plain");
    EXPECT_EQ(fields.get("x-A"), "1");
    EXPECT_EQ(fields.get("Content-Typ"), std::nullopt);
    EXPECT_EQ(fields.get(""), std::nullopt);
    EXPECT_TRUE(fields.contains("CONTENT-type"));
    EXPECT_FALSE(fields.contains("Content_Type"));
}

TEST(headers, keep_names_as_written_and_their_order) {
    headers fields;
    fields.add("hOST", "a").add("Accept", "b").add("Host", "c");
    std::string text;
    for (const auto& [name, value] : fields)
        text.append(name).append("=").append(value).append(";");
    EXPECT_EQ(text, "hOST=a;Accept=b;Host=c;");
    EXPECT_EQ(fields.lines(), "hOST: a\r\nAccept: b\r\nHost: c\r\n");
    EXPECT_EQ(fields.size(), 3U);
}

TEST(headers, give_all_values_of_a_name) {
    headers fields;
    fields.add("Via", "1").add("Other", "x").add("via", "2").add("VIA", "");
    EXPECT_EQ(all_of(fields, "Via"), (views{"1", "2", ""}));
    EXPECT_EQ(fields.joined("via"), "1, 2, ");
    EXPECT_TRUE(fields.all("none").empty());
    EXPECT_EQ(fields.joined("none"), "");
    EXPECT_EQ(fields.get("via"), "1");
}

TEST(headers, set_replaces_all_of_a_name_where_the_first_one_was) {
    headers fields;
    fields.add("A", "1").add("B", "2").add("a", "3").add("C", "4").add("A", "5");
    fields.set("a", "a much longer value than before");
    EXPECT_EQ(fields.lines(), "a: a much longer value than before\r\nB: 2\r\nC: 4\r\n");
    fields.set("A", "");
    EXPECT_EQ(fields.lines(), "A: \r\nB: 2\r\nC: 4\r\n");
    fields.set("D", "6");
    EXPECT_EQ(fields.lines(), "A: \r\nB: 2\r\nC: 4\r\nD: 6\r\n");
    EXPECT_EQ(fields.get("c"), "4");
}

TEST(headers, remove_takes_all_of_a_name) {
    headers fields;
    fields.add("A", "1").add("B", "2").add("a", "3").add("C", "4").add("A", "5");
    EXPECT_EQ(fields.remove("a"), 3U);
    EXPECT_EQ(fields.remove("a"), 0U);
    EXPECT_EQ(fields.lines(), "B: 2\r\nC: 4\r\n");
    EXPECT_EQ(fields[1].value, "4");
    EXPECT_EQ(fields.remove(fields[0].name), 1U) << "by a view of its own";
    EXPECT_EQ(fields.lines(), "C: 4\r\n");
    fields.clear();
    EXPECT_TRUE(fields.empty());
    EXPECT_TRUE(fields.lines().empty());
    EXPECT_EQ(fields.begin(), fields.end());
}

TEST(headers, values_lose_the_blanks_around_them) {
    const headers fields{"A", " \t a b\tc \t"};
    EXPECT_EQ(fields.get("a"), "a b\tc");
    EXPECT_EQ(headers("A", " \t ").get("a"), "");
}

TEST(headers, refuse_names_that_are_no_tokens) {
    headers fields;
    for (const char* name : {"", "a b", "a:", "a\r\n", " a", "a(", "\"a\"", "\xC3\xA4", "a/b"}) {
        EXPECT_EQ(fields.try_add(name, "x"), header_fault::bad_name) << name;
        EXPECT_THROW(fields.set(name, "x"), patio::error) << name;
    }
    EXPECT_EQ(fields.try_add(std::string_view{"a\0b", 3}, "x"), header_fault::bad_name);
    EXPECT_TRUE(fields.empty());
    EXPECT_EQ(fields.try_add("!#$%&'*+-.^_`|~09AZaz", "x"), header_fault::none);
}

TEST(headers, refuse_values_that_would_break_the_message) {
    headers fields{"a", "before"};
    for (const std::string_view value :
         {std::string_view{"a\r\nSet-Cookie: x=y"}, std::string_view{"a\nb"},
          std::string_view{"a\rb"}, std::string_view{"a\0b", 3}, std::string_view{"a\x7F"},
          std::string_view{"\x1B[m"}, std::string_view{"a\r\n"}}) {
        EXPECT_EQ(fields.try_add("a", value), header_fault::bad_value);
        EXPECT_THROW(fields.set("a", value), patio::error);
    }
    EXPECT_EQ(fields.lines(), "a: before\r\n");
    EXPECT_EQ(fields.try_add("b", "gr\xC3\xBC\xC3\x9F\xFF"), header_fault::none)
        << "obs-text of RFC 9110 section 5.5";
}

TEST(headers, the_error_names_the_field_and_not_its_value) {
    try {
        headers{"Authorization", "secret\n"};
        ADD_FAILURE();
    } catch (const patio::error& e) {
        const std::string what = e.what();
        EXPECT_EQ(e.code(), patio::errc::malformed);
        EXPECT_NE(what.find("Authorization"), std::string::npos) << what;
        EXPECT_EQ(what.find("secret"), std::string::npos) << what;
    }
    try {
        headers{"bad\nname", "x"};
        ADD_FAILURE();
    } catch (const patio::error& e) {
        EXPECT_EQ(std::string_view{e.what()}.find('\n'), std::string_view::npos);
    }
}

TEST(headers, may_be_given_views_of_themselves) {
    headers fields{"First", "the value of the first field, which is not short"};
    for (int i = 0; i < 100; ++i)
        fields.add(fields[0].name, fields[0].value);
    EXPECT_EQ(fields.size(), 101U);
    EXPECT_EQ(fields[100].value, fields[0].value);
    fields.set(fields[50].name, fields[50].value.substr(4));
    EXPECT_EQ(fields.lines(), "First: value of the first field, which is not short\r\n");
}

TEST(headers, compare_by_fields_and_order) {
    const headers a = headers{"A", "1"}.add("B", "2");
    EXPECT_EQ(a, headers("a", "1").add("b", "2"));
    EXPECT_NE(a, headers("B", "2").add("A", "1"));
    EXPECT_NE(a, headers("A", "1").add("B", "3"));
    EXPECT_NE(a, headers("A", "1"));
    EXPECT_EQ(headers{}, headers{});
}

TEST(headers, copy_and_move_as_values) {
    headers first{"A", "1"};
    headers copy = first;
    copy.set("A", "2");
    EXPECT_EQ(first.get("A"), "1");
    const headers moved = std::move(first);
    EXPECT_EQ(moved.get("A"), "1");
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is promised
    first.add("B", "3");
    EXPECT_EQ(first.lines(), "B: 3\r\n");
}

TEST(headers, names_for_http2_are_lowercase) {
    std::string name = ":";
    patio::http::append_lowercase(name, "X-Forwarded-FOR");
    EXPECT_EQ(name, ":x-forwarded-for");
}

}  // namespace
