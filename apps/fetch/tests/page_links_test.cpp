// SPDX-License-Identifier: MIT

#include "page_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> links_of(const std::string& html) {
    return fetch::page_links(html, patio::http::url::parse("http://example.org/docs/guide"));
}

TEST(page_links, are_those_that_lead_to_pages_in_their_order) {
    EXPECT_THAT(links_of("<a href=intro>1</a><map><area href='/map'></map>"
                         "<A HREF=\"http://other.org/?a=1&amp;b=2#x\">3</A>"),
                ElementsAre("http://example.org/docs/intro", "http://example.org/map",
                            "http://other.org/?a=1&b=2"));
}

TEST(page_links, come_once_each) {
    EXPECT_THAT(links_of("<a href=x>1</a><a href=./x>2</a><a href=x#part>3</a>"),
                ElementsAre("http://example.org/docs/x"));
}

TEST(page_links, are_no_parts_of_pages_and_no_other_schemes) {
    EXPECT_THAT(links_of("<img src=a.png><link rel=stylesheet href=a.css><script src=a.js></script>"
                         "<a href='mailto:a@b'>m</a><a href='javascript:x()'>j</a><a>none</a>"),
                IsEmpty());
}

TEST(page_links, are_resolved_against_the_first_base_wherever_it_stands) {
    EXPECT_THAT(links_of("<a href=x>1</a><base href='/b/'><base href='/c/'>"),
                ElementsAre("http://example.org/b/x"));
}

TEST(page_links, are_not_those_that_nobody_shall_follow) {
    EXPECT_THAT(links_of("<a rel='noopener NoFollow' href=x>1</a><a rel=nofollower href=y>2</a>"),
                ElementsAre("http://example.org/docs/y"));
    EXPECT_THAT(links_of("<meta name=Robots content='noindex, nofollow'><a href=x>1</a>"),
                IsEmpty());
    EXPECT_THAT(links_of("<meta name=robots content='index'><a href=x>1</a>").size(), 1);
}

TEST(page_links, are_found_in_pages_that_are_no_html) {
    EXPECT_THAT(links_of(""), IsEmpty());
    EXPECT_THAT(links_of("</p><<<a href=x"), IsEmpty());
    EXPECT_THAT(links_of(std::string("\0<a href=x>\xff</a>", 15)).size(), 1);
    EXPECT_THAT(links_of("<table><a href=x>in a table</table>").size(), 1);
}

TEST(page_links, are_none_in_pages_that_would_overflow_the_stack) {
    std::string deep;
    for (int i = 0; i < 300'000; ++i)
        deep += "<div>";
    EXPECT_THAT(links_of(deep + "<a href=x>1</a>"), IsEmpty());
}

TEST(page_links, are_none_in_pages_that_would_be_read_for_hours) {
    std::string endless = "<a ";
    for (int i = 0; i < 500'000; ++i)
        endless += "a" + std::to_string(i) + " ";
    EXPECT_THAT(links_of(endless + "><a href=x>1</a>"), IsEmpty());
    const std::string drawing = "<path d='" + endless.substr(0, 50'000) + "'>";
    EXPECT_THAT(links_of(drawing + "<a href=x>1</a>").size(), 1);
}

TEST(page_links, are_found_in_long_pages_that_close_nothing_that_need_not_be_closed) {
    std::string page;
    for (int i = 0; i < 20'000; ++i)
        page += "<p>text<br><img src=x><li>";
    EXPECT_THAT(links_of(page + "<a href=x>1</a>").size(), 1);
}

}  // namespace
