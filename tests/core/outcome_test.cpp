// SPDX-License-Identifier: MIT

#include <patio/core/outcome.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <variant>

#include <gtest/gtest.h>

namespace {

using patio::outcome;

TEST(outcome, is_a_value) {
    const outcome<std::string> good{"text"};
    EXPECT_TRUE(good);
    EXPECT_TRUE(good.has_value());
    EXPECT_FALSE(good.error());
    EXPECT_FALSE(good.is_cancelled());
    EXPECT_EQ(good.value(), "text");
}

TEST(outcome, is_an_exception) {
    const outcome<int> bad{std::make_exception_ptr(std::runtime_error{"boom"})};
    EXPECT_FALSE(bad);
    EXPECT_FALSE(bad.has_value());
    EXPECT_TRUE(bad.error());
    EXPECT_FALSE(bad.is_cancelled());
    EXPECT_THROW((void)bad.value(), std::runtime_error);
    EXPECT_THROW((void)outcome<int>{bad}.value(), std::runtime_error);
}

TEST(outcome, says_what_its_exception_says) {
    EXPECT_STREQ(outcome<int>{std::make_exception_ptr(std::runtime_error{"boom"})}.what(), "boom");
    EXPECT_STREQ(outcome<int>{std::make_exception_ptr(7)}.what(), "not a std::exception");
    EXPECT_STREQ(outcome<int>{7}.what(), "no exception");
}

TEST(outcome, is_a_cancellation) {
    const outcome<int> cut{std::make_exception_ptr(patio::task_cancelled{})};
    EXPECT_FALSE(cut.has_value());
    EXPECT_TRUE(cut.is_cancelled());
    EXPECT_THROW((void)cut.value(), patio::task_cancelled);
}

TEST(outcome, holds_a_monostate_for_no_value) {
    const outcome<void> good{std::monostate{}};
    static_assert(std::is_same_v<decltype(good.value()), const std::monostate&>);
    EXPECT_TRUE(good.has_value());
}

TEST(outcome, moves_its_value_out_of_an_rvalue) {
    outcome<std::unique_ptr<int>> good{std::make_unique<int>(5)};
    const std::unique_ptr<int> value = std::move(good).value();
    EXPECT_EQ(*value, 5);
}

}  // namespace
