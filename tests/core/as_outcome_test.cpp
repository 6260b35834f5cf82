// SPDX-License-Identifier: MIT

#include <patio/core/as_outcome.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::as_outcome;
using patio::async;
using patio::outcome;
using test::trace;

static_assert(patio::awaitable<decltype(as_outcome(test::value_after(1s, 1)))>);
static_assert(sizeof(as_outcome(test::value_after(1s, 1))) == sizeof(void*));

async<> fail_after(patio::duration length) {
    co_await patio::sleep(length);
    throw std::runtime_error{"boom"};
}

TEST(as_outcome, gives_the_value_of_an_operation_that_succeeds) {
    patio::testing::run([]() -> async<> {
        const outcome<int> waited = co_await as_outcome(test::value_after(1s, 7));
        EXPECT_EQ(waited.value(), 7);
        const outcome<int> at_once = co_await as_outcome(test::value_at_once(8));
        EXPECT_EQ(at_once.value(), 8);
    });
}

TEST(as_outcome, gives_success_for_an_operation_without_a_value) {
    patio::testing::run([]() -> async<> {
        const outcome<void> slept = co_await as_outcome(test::nap_quietly(1s));
        EXPECT_TRUE(slept.has_value());
        EXPECT_EQ(patio::now(), patio::time_point{} + 1s);
    });
}

TEST(as_outcome, gives_the_failure_as_a_value) {
    patio::testing::run([]() -> async<> {
        const outcome<int> failed = co_await as_outcome(test::failure_after(1s));
        EXPECT_FALSE(failed);
        EXPECT_FALSE(failed.is_cancelled());
        EXPECT_THROW((void)failed.value(), std::runtime_error);
        const outcome<void> failed_too = co_await as_outcome(fail_after(1s));
        EXPECT_THROW((void)failed_too.value(), std::runtime_error);
    });
}

TEST(as_outcome, lets_the_answer_to_a_failure_wait) {
    patio::testing::run([]() -> async<> {
        for (int attempt = 1;; ++attempt) {
            const auto tried = co_await as_outcome(patio::timeout(1s, test::value_after(2s, 1)));
            if (tried || attempt == 3) break;
            co_await patio::sleep(10s);
        }
        EXPECT_EQ(patio::now(), patio::time_point{} + 23s);
    });
}

TEST(as_outcome, takes_anything_that_can_be_awaited) {
    patio::testing::run([]() -> async<> {
        const auto slept = co_await as_outcome(patio::sleep(1s));
        EXPECT_TRUE(slept);
        const auto task = patio::create_task(test::failure_after(1s));
        const auto joined = co_await as_outcome(task);
        EXPECT_THROW((void)joined.value(), std::runtime_error);
        const auto both =
            co_await as_outcome(patio::gather(test::value_after(1s, 1), test::failure_after(2s)));
        EXPECT_THROW((void)both.value(), std::runtime_error);
        const auto [first, second] = co_await patio::gather(as_outcome(test::failure_after(2s)),
                                                            as_outcome(test::value_after(1s, 5)));
        EXPECT_FALSE(first);
        EXPECT_EQ(second.value(), 5);
    });
}

TEST(as_outcome, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        auto made = co_await as_outcome(make());
        const std::unique_ptr<int> value = std::move(made).value();
        EXPECT_EQ(*value, 5);
    });
}

TEST(as_outcome, calls_a_joined_task_that_was_cancelled_cancelled) {
    patio::testing::run([]() -> async<> {
        auto task = patio::create_task(test::value_after(1s, 1));
        task.cancel();
        const auto joined = co_await as_outcome(task);
        EXPECT_TRUE(joined.is_cancelled());
    });
}

TEST(as_outcome, does_not_stop_a_cancellation) {
    bool went_on = false;
    const auto body = [&]() -> async<> {
        const auto ended = co_await as_outcome(test::nap_quietly(1s));
        co_await patio::yield();
        const auto slept = co_await as_outcome(patio::sleep(1s));
        went_on = ended && slept;
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
    EXPECT_TRUE(went_on) << "in the run without a cancellation";
    went_on = false;
    patio::testing::run([&]() -> async<> { co_await patio::move_on_after(1500ms, body()); });
    EXPECT_FALSE(went_on);
}

TEST(as_outcome, ends_the_operation_when_it_is_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await patio::move_on_after(1s, as_outcome(test::nap(say, "left", 2s)));
        say("after");
    });
    EXPECT_EQ(say, "left after");
}

TEST(as_outcome, lets_the_cancellation_of_a_throwing_scope_through) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto careful = [&]() -> async<> {
            try {
                const auto slept = co_await as_outcome(test::nap_quietly(2s));
                say(slept ? "value" : "failure");
            } catch (const patio::cancelled&) {
                say("cancelled");
                throw;
            }
        };
        co_await patio::move_on_after(1s, patio::throwing_scope(careful()));
    });
    EXPECT_EQ(say, "cancelled");
}

TEST(as_outcome, is_reported_once_if_it_is_never_awaited) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            { auto forgotten = as_outcome(test::value_after(1s, 1)); }
            co_return;
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_NE(reports[0].text.find("value_after"), std::string::npos) << reports[0].text;
}

TEST(as_outcome, stands_in_stacks_at_the_place_of_its_co_await) {
    patio::event never;
    std::string text;
    auto wait = [&]() -> async<> { co_await never.wait(); };
    auto body = [&]() -> async<> {
        const auto ended = co_await as_outcome(wait());
        EXPECT_FALSE(ended) << "never";
    };
    try {
        patio::testing::run(body());
    } catch (const patio::deadlock& report) {
        text = report.what();
    }
    EXPECT_EQ(text.find("as_outcome.hpp"), std::string::npos) << text;
    EXPECT_NE(text.find("event.wait at as_outcome_test.cpp:"), std::string::npos) << text;
}

}  // namespace
