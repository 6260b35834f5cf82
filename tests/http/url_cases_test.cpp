// SPDX-License-Identifier: MIT

// The cases of the web platform's tests; url_cases.tsv says where they are from.

#include <patio/http/url.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using patio::http::url;
using patio::http::url_fault;

struct url_case {
    std::string line;
    std::string input;
    std::optional<std::string> base;
    bool is_failure = false;
    /// href, origin, protocol, username, password, host, hostname, port, pathname, search, hash.
    std::vector<std::optional<std::string>> parts;
};

/// Nothing for `\-`.
std::optional<std::string> unescape(std::string_view field) {
    if (field == "\\-") return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\') {
            text += field[i];
        } else if (field[++i] == '\\') {
            text += '\\';
        } else {
            text += static_cast<char>(std::stoi(std::string{field.substr(i + 1, 2)}, nullptr, 16));
            i += 2;
        }
    }
    return text;
}

url_case read_case(const std::string& line) {
    std::vector<std::optional<std::string>> fields;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find('\t', begin), line.size());
        fields.push_back(unescape(std::string_view{line}.substr(begin, end - begin)));
        begin = end + 1;
    }
    url_case made{.line = line, .input = *fields.at(0), .base = fields.at(1), .parts = {}};
    made.is_failure = fields.at(2) == "FAILURE";
    made.parts.assign(fields.begin() + 2, fields.end());
    made.parts.resize(11, std::string{});
    return made;
}

const std::vector<url_case>& cases() {
    static const std::vector<url_case> all = [] {
        std::vector<url_case> read;
        std::ifstream file{std::filesystem::path{__FILE__}.replace_filename("url_cases.tsv")};
        for (std::string line; std::getline(file, line);) {
            if (!line.starts_with('#')) read.push_back(read_case(line));
        }
        return read;
    }();
    return all;
}

patio::http::url_result parse(const url_case& of) {
    if (!of.base) return url::try_parse(of.input);
    const auto base = url::try_parse(*of.base);
    if (!base) return base.problem();
    return base->try_resolve(of.input);
}

/// With the mark that stands before or behind a part, as JavaScript shows it.
std::string marked(char mark, std::string_view part) {
    return part.empty() ? std::string{} : mark + std::string{part};
}

void expect_parts(const url& made, const url_case& of) {
    const std::string protocol = std::string{made.scheme()} + ':';
    const std::string port = made.port() ? std::to_string(*made.port()) : "";
    const std::string query = marked('?', made.query());
    const std::string fragment = marked('#', made.fragment());
    const std::string_view parts[] = {
        made.href(), "",   protocol,    made.username(), made.password(), made.host_and_port(),
        made.host(), port, made.path(), query,           fragment};
    for (std::size_t i = 0; i < of.parts.size(); ++i) {
        if (i == 1) continue;
        EXPECT_EQ(parts[i], of.parts[i]) << "part " << i << " of " << of.line;
    }
    if (of.parts[1]) {
        EXPECT_EQ(made.origin(), *of.parts[1]) << of.line;
    }
}

TEST(url_cases, are_all_there) { EXPECT_EQ(cases().size(), 891U); }

TEST(url_cases, give_the_parts_that_browsers_see_or_fail) {
    int read = 0;
    int failed = 0;
    for (const url_case& each : cases()) {
        const auto made = parse(each);
        if (each.is_failure) {
            ++failed;
            EXPECT_FALSE(made) << each.line << "\n" << made->href();
        } else if (made) {
            ++read;
            expect_parts(*made, each);
        }
    }
    EXPECT_EQ(failed, 267);
    EXPECT_EQ(read, 611);
}

TEST(url_cases, are_refused_where_they_need_the_tables_of_unicode) {
    int refused = 0;
    for (const url_case& each : cases()) {
        if (each.is_failure) continue;
        const auto made = parse(each);
        if (made) continue;
        ++refused;
        EXPECT_EQ(made.problem().fault, url_fault::non_ascii_host) << each.line;
    }
    EXPECT_EQ(refused, 13);
}

TEST(url_cases, give_urls_that_are_read_again_as_they_are) {
    for (const url_case& each : cases()) {
        const auto made = parse(each);
        if (!made) continue;
        const auto again = url::try_parse(made->href());
        ASSERT_TRUE(again) << each.line;
        EXPECT_EQ(*again, *made) << each.line;
        expect_parts(*again, each);
    }
}

TEST(url_cases, say_where_the_fault_is) {
    for (const url_case& each : cases()) {
        const auto made = parse(each);
        const std::size_t position = made.problem().position;
        EXPECT_LE(position, each.input.size()) << each.line;
        if (made) {
            EXPECT_EQ(position, 0U) << each.line;
        }
    }
}

}  // namespace
