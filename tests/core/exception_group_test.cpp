// SPDX-License-Identifier: MIT

#include <patio/core/exception_group.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::exception_group;
using patio::shared_text;

template <class E, class... Args>
std::exception_ptr error(Args&&... args) {
    return std::make_exception_ptr(E{std::forward<Args>(args)...});
}

exception_group three_failures() {
    exception_group inner;
    inner.add(error<std::invalid_argument>("deep"), shared_text{"c"});
    inner.add(error<patio::timed_out>(), shared_text{"d"});
    exception_group outer;
    outer.add(error<std::runtime_error>("first"), shared_text{"a"});
    outer.add(std::make_exception_ptr(inner), shared_text{"b"});
    return outer;
}

TEST(exception_group, is_empty_at_first) {
    const exception_group none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.size(), 0U);
    EXPECT_EQ(none.begin(), none.end());
    EXPECT_STREQ(none.what(), "an empty exception group");
}

TEST(exception_group, lists_its_members_in_the_order_in_which_they_came) {
    const auto group = three_failures();
    ASSERT_EQ(group.size(), 2U);
    EXPECT_STREQ(group[0].task_name(), "a");
    EXPECT_STREQ(group[1].task_name(), "b");
    EXPECT_THROW(std::rethrow_exception(group[0].error()), std::runtime_error);
    EXPECT_THROW(std::rethrow_exception(group[1].error()), exception_group);
}

TEST(exception_group, names_every_task_type_and_text_indented_by_depth) {
    const auto group = three_failures();
    const std::string what = group.what();
    EXPECT_EQ(what,
              "2 failures in a task group\n"
              "  task 'a': std::runtime_error: first\n"
              "  task 'b': patio::exception_group: 2 failures in a task group\n"
              "    task 'c': std::invalid_argument: deep\n"
              "    task 'd': patio::timed_out: timed out");
}

TEST(exception_group, says_which_failure_is_the_bodys) {
    exception_group group;
    group.add(error<std::runtime_error>("x"));
    EXPECT_STREQ(group[0].task_name(), "");
    EXPECT_STREQ(group.what(), "1 failure in a task group\n  body: std::runtime_error: x");
}

TEST(exception_group, describes_things_that_are_no_exceptions) {
    exception_group group;
    group.add(std::make_exception_ptr(42), shared_text{"odd"});
    EXPECT_NE(std::strstr(group.what(), "task 'odd': "), nullptr) << group.what();
}

TEST(exception_group, gives_the_text_of_each_member_without_throwing_it) {
    exception_group group = three_failures();
    group.add(std::make_exception_ptr(42));
    group.add(std::exception_ptr{});
    std::string texts;
    for (const auto& one : group)
        texts += std::string{one.what()} + '\n';
    EXPECT_EQ(texts,
              "first\n" + std::string{group[1].what()} + "\nnot a std::exception\nno exception\n");
    EXPECT_TRUE(std::string{group[1].what()}.starts_with("2 failures in a task group\n"));
}

TEST(exception_group, lends_the_text_as_long_as_a_copy_of_the_member_lives) {
    exception_group group = three_failures();
    const exception_group::member copy = group[0];
    const char* const text = group[0].what();
    group = {};
    EXPECT_STREQ(text, "first");
    EXPECT_EQ(text, copy.what());
}

TEST(exception_group, is_split_by_type_at_every_depth) {
    const auto [timeouts, rest] = three_failures().split<patio::timed_out>();
    ASSERT_EQ(timeouts.size(), 1U);
    EXPECT_STREQ(timeouts[0].task_name(), "b") << "the shape stays: a group of a group";
    EXPECT_TRUE(timeouts.contains<patio::timed_out>());
    EXPECT_EQ(rest.size(), 2U);
    EXPECT_FALSE(rest.contains<patio::timed_out>());
    EXPECT_TRUE(rest.contains<std::invalid_argument>());
    EXPECT_TRUE(rest.contains<std::runtime_error>());
}

TEST(exception_group, is_split_by_a_base_class_too) {
    exception_group group;
    group.add(error<std::runtime_error>("a"));
    group.add(error<std::invalid_argument>("b"));
    group.add(std::make_exception_ptr(1));
    const auto [logic, rest] = group.split<std::logic_error>();
    EXPECT_EQ(logic.size(), 1U);
    EXPECT_EQ(rest.size(), 2U);
    const auto [numbers, others] = group.split<int>();
    EXPECT_EQ(numbers.size(), 1U);
    EXPECT_EQ(others.size(), 2U);
}

TEST(exception_group, splits_into_nothing_and_itself_if_no_member_matches) {
    const auto [none, all] = three_failures().split<std::bad_alloc>();
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(all.size(), 2U);
    EXPECT_STREQ(all.what(), three_failures().what());
}

TEST(exception_group, shares_its_members_with_its_copies_and_none_that_come_later) {
    exception_group group;
    group.add(error<std::runtime_error>("a"));
    const exception_group copy = group;
    group.add(error<std::runtime_error>("b"));
    EXPECT_EQ(copy.size(), 1U);
    EXPECT_EQ(group.size(), 2U);
    exception_group assigned;
    assigned = group;
    EXPECT_EQ(assigned.size(), 2U);
    assigned = *&assigned;
    EXPECT_EQ(assigned.size(), 2U);
}

TEST(exception_group, thrown_by_a_task_group_names_the_tasks) {
    std::string what;
    patio::testing::run([&]() -> async<> {
        auto body = [](patio::task_group& group) -> async<> {
            group.spawn(test::failure_after(1s)).set_name("downloader");
            group.spawn(test::value_after(2s, 1));
            co_return;
        };
        what = co_await test::what_of(patio::with_task_group(body));
    });
    EXPECT_EQ(what, "1 failure in a task group\n  task 'downloader': std::runtime_error: boom");
}

TEST(exception_group, of_nested_task_groups_is_nested) {
    std::string what;
    patio::testing::run([&]() -> async<> {
        auto inner = [](patio::task_group& group) -> async<> {
            group.spawn(test::failure_after(1s, "inner"));
            co_return;
        };
        auto nested = [&]() -> async<> { co_await patio::with_task_group(inner); };
        auto outer = [&](patio::task_group& group) -> async<> {
            group.spawn(nested).set_name("nested");
            co_return;
        };
        what = co_await test::what_of(patio::with_task_group(outer));
    });
    EXPECT_EQ(what,
              "1 failure in a task group\n"
              "  task 'nested': patio::exception_group: 1 failure in a task group\n"
              "    task 'failure_after': std::runtime_error: inner");
}

}  // namespace
