// SPDX-License-Identifier: MIT

#include <patio/core/errors.hpp>

#include <source_location>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

using patio::shared_text;

template <class E>
constexpr bool is_an_ordinary_exception =
    std::is_base_of_v<std::exception, E> && std::is_nothrow_copy_constructible_v<E>;

static_assert(is_an_ordinary_exception<patio::timed_out>);
static_assert(is_an_ordinary_exception<patio::task_cancelled>);
static_assert(is_an_ordinary_exception<patio::group_closed>);
static_assert(is_an_ordinary_exception<patio::deadlock>);
static_assert(is_an_ordinary_exception<patio::usage_error>);

TEST(errors, say_what_they_are) {
    EXPECT_STREQ(patio::timed_out{}.what(), "timed out");
    EXPECT_STREQ(patio::group_closed{}.what(), "the task group has ended and takes no more tasks");
    EXPECT_STREQ(patio::usage_error{"what to do instead"}.what(), "what to do instead");
    EXPECT_STREQ(patio::deadlock{shared_text{"the report"}}.what(), "the report");
}

TEST(task_cancelled, says_nothing_more_if_nothing_more_is_known) {
    const patio::task_cancelled error;
    EXPECT_STREQ(error.what(), "task was cancelled");
    EXPECT_STREQ(error.reason(), "");
    EXPECT_STREQ(error.cancelled_by(), "");
    EXPECT_EQ(error.where().line(), 0U);
}

TEST(task_cancelled, says_who_why_and_where) {
    const auto here = std::source_location::current();
    const patio::task_cancelled error{shared_text{"too slow"}, shared_text{"supervisor"}, here};
    EXPECT_EQ(std::string{error.what()},
              "task was cancelled by task 'supervisor': too slow "
              "(at errors_test.cpp:" +
                  std::to_string(here.line()) + ")");
    EXPECT_STREQ(error.reason(), "too slow");
    EXPECT_STREQ(error.cancelled_by(), "supervisor");
    EXPECT_EQ(error.where().line(), here.line());
}

TEST(task_cancelled, keeps_its_text_when_it_is_copied) {
    patio::task_cancelled copy;
    {
        const patio::task_cancelled error{shared_text{"too slow"}, {}, {}};
        copy = error;
    }
    EXPECT_STREQ(copy.what(), "task was cancelled: too slow");
}

}  // namespace
