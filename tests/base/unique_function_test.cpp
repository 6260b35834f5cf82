// SPDX-License-Identifier: MIT

#include <patio/base/unique_function.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace {

using patio::unique_function;

static_assert(!std::is_copy_constructible_v<unique_function<void()>>);
static_assert(std::is_nothrow_move_constructible_v<unique_function<void()>>);
static_assert(!std::is_constructible_v<unique_function<int()>, std::string>);
static_assert(!std::is_constructible_v<unique_function<int()>, int (*)(int)>);

int twice(int value) { return 2 * value; }

TEST(unique_function, calls_what_it_was_made_from) {
    unique_function<int(int)> function = twice;
    EXPECT_EQ(function(4), 8);
}

TEST(unique_function, holds_what_can_only_be_moved) {
    auto owned = std::make_unique<int>(7);
    unique_function<int()> function = [value = std::move(owned)] { return *value; };
    EXPECT_EQ(function(), 7);
}

TEST(unique_function, passes_arguments_without_copying_them) {
    unique_function<std::unique_ptr<int>(std::unique_ptr<int>)> same =
        [](std::unique_ptr<int> value) { return value; };
    auto passed = std::make_unique<int>(3);
    const int* const address = passed.get();
    EXPECT_EQ(same(std::move(passed)).get(), address);
}

TEST(unique_function, passes_references_as_references) {
    unique_function<void(int&)> increment = [](int& value) { ++value; };
    int value = 1;
    increment(value);
    EXPECT_EQ(value, 2);
}

TEST(unique_function, keeps_the_state_of_its_callable_between_calls) {
    unique_function<int()> next = [count = 0]() mutable { return ++count; };
    next();
    EXPECT_EQ(next(), 2);
}

TEST(unique_function, is_empty_until_it_is_given_something) {
    unique_function<void()> function;
    EXPECT_FALSE(function);
    function = [] {};
    EXPECT_TRUE(function);
}

TEST(unique_function, is_empty_once_moved_from) {
    unique_function<int(int)> function = twice;
    unique_function<int(int)> moved = std::move(function);
    EXPECT_FALSE(function);  // NOLINT(bugprone-use-after-move): what is promised
    EXPECT_EQ(moved(1), 2);
}

TEST(unique_function, destroys_its_callable_exactly_once) {
    auto watched = std::make_shared<int>(0);
    {
        unique_function<void()> function = [watched] {};
        unique_function<void()> moved = std::move(function);
        EXPECT_EQ(watched.use_count(), 2);
    }
    EXPECT_EQ(watched.use_count(), 1);
}

TEST(unique_function, lets_exceptions_through) {
    unique_function<void()> failing = [] { throw std::runtime_error("no"); };
    EXPECT_THROW(failing(), std::runtime_error);
}

}  // namespace
