// SPDX-License-Identifier: MIT
// label: threads

#include <patio/base/shared_text.hpp>

#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::shared_text;

static_assert(std::is_nothrow_copy_constructible_v<shared_text>);
static_assert(std::is_nothrow_copy_assignable_v<shared_text>);
static_assert(std::is_nothrow_move_constructible_v<shared_text>);

TEST(shared_text, keeps_its_own_copy) {
    std::string source = "the door is open";
    const shared_text text{source.c_str()};
    source.assign("changed");
    EXPECT_STREQ(text.c_str(), "the door is open");
    EXPECT_FALSE(text.empty());
}

TEST(shared_text, may_be_a_part_of_a_longer_text) {
    const shared_text text{"abcdef", 3};
    EXPECT_STREQ(text.c_str(), "abc");
}

TEST(shared_text, holds_a_single_character) {
    const shared_text text{"x"};
    EXPECT_STREQ(text.c_str(), "x");
}

TEST(shared_text, is_empty_without_a_text) {
    for (const shared_text& text : {shared_text{}, shared_text{""}, shared_text{nullptr}}) {
        EXPECT_TRUE(text.empty());
        EXPECT_STREQ(text.c_str(), "");
    }
}

TEST(shared_text, shares_its_characters_with_its_copies) {
    const shared_text text{"one"};
    const shared_text copy = text;
    EXPECT_EQ(copy.c_str(), text.c_str());
}

TEST(shared_text, lives_as_long_as_its_last_copy) {
    shared_text kept;
    {
        const shared_text text{"one"};
        kept = text;
    }
    EXPECT_STREQ(kept.c_str(), "one");
}

TEST(shared_text, is_empty_once_moved_from) {
    shared_text text{"one"};
    const shared_text moved = std::move(text);
    EXPECT_STREQ(moved.c_str(), "one");
    EXPECT_STREQ(text.c_str(), "");  // NOLINT(bugprone-use-after-move): what is promised
}

TEST(shared_text, survives_assignment_to_itself) {
    shared_text text{"one"};
    const shared_text& same = text;
    text = same;
    EXPECT_STREQ(text.c_str(), "one");
}

TEST(shared_text, may_be_copied_and_dropped_on_many_threads) {
    const shared_text text{"one"};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([copy = text] {
            for (int round = 0; round < 1'000; ++round) {
                const shared_text other = copy;
                EXPECT_FALSE(other.empty());
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_STREQ(text.c_str(), "one");
}

}  // namespace
