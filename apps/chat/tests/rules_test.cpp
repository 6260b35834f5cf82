// SPDX-License-Identifier: MIT

// Which words and texts the chat takes.

#include "rules.hpp"

#include "rate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using chat::text_fault;
using patio::duration;
using patio::time_point;

TEST(rooms, have_short_names_of_few_letters) {
    EXPECT_TRUE(chat::is_room("lobby"));
    EXPECT_TRUE(chat::is_room("7-of-9"));
    EXPECT_TRUE(chat::is_room(std::string(32, 'a')));
    for (const std::string bad : {"", "-a", "Lobby", "a b", "a/b", "..", "é"})
        EXPECT_FALSE(chat::is_room(bad)) << bad;
    EXPECT_FALSE(chat::is_room(std::string(33, 'a')));
}

TEST(names, have_up_to_24_code_points) {
    std::string name;
    for (int i = 0; i < 24; ++i)
        name += "é";
    EXPECT_TRUE(chat::is_name(name));
    EXPECT_FALSE(chat::is_name(name + "e"));
    EXPECT_FALSE(chat::is_name(""));
}

TEST(names, hide_nothing) {
    EXPECT_TRUE(chat::is_name("Ann Bo"));
    for (const std::string bad :
         {" Ann", "Ann ", "Ann  Bo", "A\nn", "A\x7f", "A\xC2\x85", "A\xE2\x80\x8B", "A\xE2\x80\xAE",
          "\xEF\xBB\xBF"
          "A"})
        EXPECT_FALSE(chat::is_name(bad)) << bad;
}

TEST(names, are_utf_8) {
    for (const std::string bad : {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                  "\xE0\x80\x80", "\xF0\x80\x80\x80"})
        EXPECT_FALSE(chat::is_name(bad));
    EXPECT_TRUE(chat::is_name("\xF0\x9F\x98\x80"));
}

TEST(names, that_differ_in_their_ascii_letters_case_are_the_same) {
    EXPECT_EQ(chat::folded("AnnÉ"), "annÉ");
}

TEST(texts, have_lines_and_tabs_but_no_other_control_characters) {
    EXPECT_EQ(chat::check_text("a\n\tb"), text_fault::none);
    EXPECT_EQ(chat::check_text(std::string{"a\0b", 3}), text_fault::bad);
    EXPECT_EQ(chat::check_text("a\r\nb"), text_fault::bad);
    EXPECT_EQ(chat::check_text("a\xFF"), text_fault::bad);
}

TEST(texts, say_something_and_end_some_time) {
    EXPECT_EQ(chat::check_text(""), text_fault::empty);
    EXPECT_EQ(chat::check_text(" \n\t\xC2\xA0\xE2\x80\x8B"), text_fault::empty);
    EXPECT_EQ(chat::check_text(std::string(4000, 'x')), text_fault::none);
    EXPECT_EQ(chat::check_text(std::string(4001, 'x')), text_fault::too_long);
}

TEST(tokens, are_hashed) {
    EXPECT_EQ(chat::hash_of("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_NE(chat::random_word(), chat::random_word());
    EXPECT_TRUE(chat::is_token(chat::random_word()));
    EXPECT_FALSE(chat::is_token("short"));
}

TEST(a_rate, lets_some_through_at_once_and_then_one_in_each_interval) {
    chat::rate limited{3, duration::seconds(1)};
    const time_point start{duration::seconds(100)};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(limited.take(start), duration{});
    EXPECT_EQ(limited.take(start), duration::seconds(1));
    EXPECT_EQ(limited.take(start + duration::milliseconds(400)), duration::milliseconds(600));
    EXPECT_EQ(limited.take(start + duration::seconds(1)), duration{});
    EXPECT_EQ(limited.take(start + duration::seconds(1)), duration::seconds(1));
    EXPECT_FALSE(limited.is_full(start + duration::seconds(3)));
    EXPECT_TRUE(limited.is_full(start + duration::seconds(4)));
}

TEST(a_rate, takes_back_what_was_not_used) {
    chat::rate limited{1, duration::seconds(1)};
    const time_point start{duration::seconds(100)};
    EXPECT_EQ(limited.take(start), duration{});
    limited.give_back();
    EXPECT_EQ(limited.take(start), duration{});
}

}  // namespace
