// SPDX-License-Identifier: MIT

#include "robots.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using fetch::robots;

bool allows(const std::string& text, const std::string& target) {
    return robots::parse(text, "patio-fetch").allows(target);
}

TEST(robots, allow_everything_if_they_say_nothing) {
    EXPECT_TRUE(robots{}.allows("/a"));
    EXPECT_TRUE(allows("", "/a"));
    EXPECT_TRUE(allows("User-agent: *\nDisallow:\n", "/a"));
    EXPECT_TRUE(allows("no rule at all\n:\n", "/a"));
}

TEST(robots, forbid_what_begins_with_a_path) {
    const std::string text = "User-agent: *\nDisallow: /private\n";
    EXPECT_FALSE(allows(text, "/private"));
    EXPECT_FALSE(allows(text, "/private/x?y=1"));
    EXPECT_FALSE(allows(text, "/privateer"));
    EXPECT_TRUE(allows(text, "/public"));
}

TEST(robots, let_the_longest_match_decide) {
    const std::string text = "User-agent: *\nDisallow: /\nAllow: /open/\nDisallow: /open/not/\n";
    EXPECT_FALSE(allows(text, "/x"));
    EXPECT_TRUE(allows(text, "/open/x"));
    EXPECT_FALSE(allows(text, "/open/not/x"));
}

TEST(robots, are_kind_if_two_matches_are_equally_long) {
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a"));
    EXPECT_TRUE(allows("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a"));
}

TEST(robots, know_stars_and_the_end) {
    const std::string text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /a*b*c\n";
    EXPECT_FALSE(allows(text, "/x/y.pdf"));
    EXPECT_FALSE(allows(text, "/x.pdf.pdf"));
    EXPECT_TRUE(allows(text, "/x.pdf?download"));
    EXPECT_FALSE(allows(text, "/a/b/c/d"));
    EXPECT_FALSE(allows(text, "/axxbyybzzc"));
    EXPECT_TRUE(allows(text, "/a/c/b"));
    EXPECT_FALSE(allows("User-agent: *\nDisallow: /x$\n", "/x"));
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /x$\n", "/xx"));
    EXPECT_FALSE(allows("User-agent: *\nDisallow: *\n", "/x"));
}

TEST(robots, take_the_group_of_the_program_and_not_that_of_everyone) {
    const std::string text =
        "User-agent: *\nDisallow: /\n\n"
        "User-agent: other\nUser-agent: Patio-Fetch/2.0\nDisallow: /mine\n";
    EXPECT_TRUE(allows(text, "/x"));
    EXPECT_FALSE(allows(text, "/mine"));
    EXPECT_FALSE(robots::parse(text, "third").allows("/x"));
}

TEST(robots, take_all_groups_of_the_program_together) {
    const std::string text =
        "User-agent: patio-fetch\nDisallow: /a\nUser-agent: x\nDisallow: /b\n"
        "User-agent: patio-fetch\nDisallow: /c\n";
    EXPECT_FALSE(allows(text, "/a"));
    EXPECT_TRUE(allows(text, "/b"));
    EXPECT_FALSE(allows(text, "/c"));
}

TEST(robots, do_not_end_a_group_at_other_lines) {
    const std::string text =
        "User-agent: patio-fetch\nSitemap: /s.xml\n\n# words\nUser-agent: x\nDisallow: /a # b\n";
    EXPECT_FALSE(allows(text, "/a"));
}

TEST(robots, read_every_line_end_and_a_byte_order_mark) {
    EXPECT_FALSE(allows("\xef\xbb\xbfuser-AGENT:*\r\ndisallow:/a\r\n", "/a"));
    EXPECT_FALSE(allows("User-agent : *\rDisallow : /a\r", "/a"));
}

TEST(robots, compare_characters_and_not_their_spelling) {
    EXPECT_FALSE(allows("User-agent: *\nDisallow: /%7ejoe/%e3%83\n", "/~joe/%E3%83"));
    EXPECT_FALSE(allows("User-agent: *\nDisallow: /\xc3\xa4\n", "/%C3%A4"));
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /a%2Fb\n", "/a/b"));
}

TEST(robots, are_always_allowed_to_be_read) {
    EXPECT_TRUE(robots::none().allows("/robots.txt"));
    EXPECT_FALSE(robots::none().allows("/"));
}

TEST(robots, say_how_long_to_wait) {
    const auto delay_of = [](const std::string& text) {
        return robots::parse(text, "patio-fetch").crawl_delay();
    };
    EXPECT_EQ(delay_of("User-agent: *\nCrawl-delay: 1.5\n"), patio::duration::milliseconds(1500));
    EXPECT_EQ(delay_of("User-agent: *\nCrawl-delay: 1e9\n"), fetch::crawl_delay_max);
    EXPECT_EQ(delay_of("User-agent: *\nCrawl-delay: soon\n"), std::nullopt);
    EXPECT_EQ(delay_of("User-agent: *\nCrawl-delay: -1\n"), std::nullopt);
    EXPECT_EQ(delay_of("User-agent: *\nCrawl-delay: 2\nUser-agent: patio-fetch\nAllow: /\n"),
              std::nullopt);
}

TEST(robots, follow_the_status_of_the_answer) {
    const std::string text = "User-agent: *\nDisallow: /a\n";
    EXPECT_FALSE(robots::of_answer(200, text, "x").allows("/a"));
    EXPECT_TRUE(robots::of_answer(404, text, "x").allows("/a"));
    EXPECT_TRUE(robots::of_answer(403, text, "x").allows("/a"));
    EXPECT_FALSE(robots::of_answer(503, "", "x").allows("/b"));
}

TEST(robots, take_no_time_for_patterns_that_were_made_to_take_it) {
    std::string pattern;
    for (int i = 0; i < 1000; ++i)
        pattern += "*a";
    EXPECT_TRUE(
        allows("User-agent: *\nDisallow: /" + pattern + "b\n", "/" + std::string(3000, 'a')));
}

TEST(robots, call_a_program_by_the_first_word_of_its_name) {
    EXPECT_EQ(fetch::product_of("patio-fetch/0.1 (+https://example.org)"), "patio-fetch");
    EXPECT_EQ(fetch::product_of("x_y"), "x_y");
    EXPECT_EQ(fetch::product_of("1"), "");
}

}  // namespace
