// SPDX-License-Identifier: MIT

#include "file_names.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

namespace {

using fetch::file_names;
using patio::http::url;

std::string name_of(const std::string& page, const std::string& type = "text/html") {
    file_names names;
    return names.give(url::parse(page), type);
}

TEST(file_names, tell_where_pages_came_from) {
    EXPECT_EQ(name_of("http://example.org/docs/guide.html"), "pages/example.org/docs_guide.html");
    EXPECT_EQ(name_of("http://example.org/"), "pages/example.org/index.html");
    EXPECT_EQ(name_of("http://example.org/docs/"), "pages/example.org/docs_index.html");
    EXPECT_EQ(name_of("http://example.org:8080/a"), "pages/example.org_8080/a.html");
    EXPECT_EQ(name_of("http://example.org/a?x=1&y=2"), "pages/example.org/a_x_1_y_2.html");
    EXPECT_EQ(name_of("http://[::1]/a"), "pages/1/a.html");
}

TEST(file_names, end_in_what_is_in_the_file) {
    EXPECT_EQ(name_of("http://x/a", "text/html; charset=utf-8"), "pages/x/a.html");
    EXPECT_EQ(name_of("http://x/a.HTM", "Text/HTML"), "pages/x/a.HTM");
    EXPECT_EQ(name_of("http://x/a.php", "text/html"), "pages/x/a.php.html");
    EXPECT_EQ(name_of("http://x/a.png", "image/png"), "pages/x/a.png");
    EXPECT_EQ(name_of("http://x/a.tar", "application/x-tar"), "pages/x/a.tar");
    EXPECT_EQ(name_of("http://x/a", ""), "pages/x/a.bin");
}

TEST(file_names, are_given_once_each) {
    file_names names;
    const url page = url::parse("http://x/a?b");
    EXPECT_EQ(names.give(page, "text/html"), "pages/x/a_b.html");
    EXPECT_EQ(names.give(page, "text/html"), "pages/x/a_b-2.html");
    EXPECT_EQ(names.give(url::parse("http://x/A?B"), "text/html"), "pages/x/A_B-3.html");
    names.take("pages/x/c.html");
    EXPECT_EQ(names.give(url::parse("http://x/c"), "text/html"), "pages/x/c-2.html");
}

TEST(file_names, never_lead_out_of_the_directory) {
    for (const char* page :
         {"http://x/..%2f..%2fetc/passwd", "http://x/%2e%2e/%2e%2e/a", "http://x/a/..%5c..%5cb",
          "http://../", "http://x/.ssh/id", "http://x/a%00b", "http://x/?../../../a",
          "http://x//////a", "http://x/~/.profile", "http://-x/-rf", "http://x/CON"}) {
        const auto read = url::try_parse(page);
        if (!read) continue;
        file_names names;
        const std::filesystem::path name = names.give(*read, "text/html");
        EXPECT_TRUE(name.is_relative()) << name;
        EXPECT_EQ(std::distance(name.begin(), name.end()), 3) << name;
        for (const auto& part : name) {
            EXPECT_NE(part.string().front(), '.') << name;
            EXPECT_EQ(part.string().find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "0123456789-._"),
                      std::string::npos)
                << name;
        }
    }
}

TEST(file_names, are_short_enough_for_every_file_system) {
    file_names names;
    std::set<std::string> all;
    for (int i = 0; i < 50; ++i) {
        const std::string name =
            names.give(url::parse("http://x/" + std::string(3000, 'a') + std::to_string(i)), "");
        EXPECT_LT(name.size(), 200U);
        EXPECT_TRUE(all.insert(name).second);
    }
}

}  // namespace
