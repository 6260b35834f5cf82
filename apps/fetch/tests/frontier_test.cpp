// SPDX-License-Identifier: MIT

#include "frontier.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using fetch::frontier;
using fetch::frontier_limits;
using fetch::frontier_page;
using patio::duration;
using patio::time_point;

frontier_page page(const std::string& host, const std::string& name) {
    return {"http://" + host + "/" + name, host, 0};
}
time_point at(int seconds) { return time_point{duration::seconds(seconds)}; }
std::string next_of(frontier& of, time_point now = at(0)) {
    const auto found = of.next(now);
    return found ? found->url : "none";
}

TEST(frontier, gives_each_page_once_in_order) {
    frontier pages{frontier_limits{}};
    EXPECT_TRUE(pages.add(page("a", "1")));
    EXPECT_TRUE(pages.add(page("a", "2")));
    EXPECT_FALSE(pages.add(page("a", "1")));
    EXPECT_EQ(next_of(pages), "http://a/1");
    EXPECT_FALSE(pages.add(page("a", "1")));
    EXPECT_EQ(next_of(pages), "http://a/2");
    EXPECT_EQ(next_of(pages), "none");
}

TEST(frontier, does_not_take_what_it_only_knows) {
    frontier pages{frontier_limits{}};
    EXPECT_TRUE(pages.know("http://a/1"));
    EXPECT_FALSE(pages.add(page("a", "1")));
    EXPECT_TRUE(pages.has_ended());
}

TEST(frontier, keeps_to_the_limit_of_all_and_that_of_a_host) {
    frontier_limits limits;
    limits.underway_max = 3;
    limits.host_underway_max = 2;
    frontier pages{limits};
    for (const char* name : {"1", "2", "3"})
        pages.add(page("a", name));
    pages.add(page("b", "1"));
    pages.add(page("c", "1"));
    EXPECT_EQ(next_of(pages), "http://a/1");
    EXPECT_EQ(next_of(pages), "http://a/2");
    EXPECT_EQ(next_of(pages), "http://b/1");
    EXPECT_EQ(next_of(pages), "none");
    EXPECT_EQ(pages.next_turn(), time_point::never());
    pages.finished(page("b", "1"));
    EXPECT_EQ(next_of(pages), "http://c/1");
    pages.finished(page("a", "1"));
    EXPECT_EQ(next_of(pages), "http://a/3");
}

TEST(frontier, waits_between_two_pages_of_one_host) {
    frontier_limits limits;
    limits.delay = duration::seconds(2);
    frontier pages{limits};
    pages.add(page("a", "1"));
    pages.add(page("a", "2"));
    pages.add(page("b", "1"));
    EXPECT_EQ(next_of(pages, at(10)), "http://a/1");
    EXPECT_EQ(next_of(pages, at(10)), "http://b/1");
    EXPECT_EQ(next_of(pages, at(10)), "none");
    EXPECT_EQ(pages.next_turn(), at(12));
    EXPECT_EQ(next_of(pages, at(11)), "none");
    EXPECT_EQ(next_of(pages, at(12)), "http://a/2");
}

TEST(frontier, waits_longer_where_a_host_asks_for_it_but_never_shorter) {
    frontier_limits limits;
    limits.delay = duration::seconds(2);
    frontier pages{limits};
    for (const char* name : {"1", "2", "3"})
        pages.add(page("a", name));
    EXPECT_EQ(next_of(pages, at(0)), "http://a/1");
    pages.set_delay("a", duration::seconds(5));
    pages.set_delay("a", duration::seconds(1));
    EXPECT_EQ(pages.next_turn(), at(5));
    EXPECT_EQ(next_of(pages, at(5)), "http://a/2");
    EXPECT_EQ(pages.next_turn(), at(10));
}

TEST(frontier, ends_when_enough_pages_were_given) {
    frontier_limits limits;
    limits.pages_max = 3;
    frontier pages{limits};
    pages.count_as_given(1);
    for (const char* name : {"1", "2", "3", "4"})
        pages.add(page("a", name));
    EXPECT_EQ(next_of(pages), "http://a/1");
    pages.left_out(page("a", "1"));
    EXPECT_EQ(next_of(pages), "http://a/2");
    EXPECT_EQ(next_of(pages), "http://a/3");
    EXPECT_EQ(next_of(pages), "none");
    EXPECT_FALSE(pages.has_ended());
    pages.finished(page("a", "2"));
    pages.finished(page("a", "3"));
    EXPECT_TRUE(pages.has_ended());
    EXPECT_EQ(pages.waiting(), 1U);
}

}  // namespace
