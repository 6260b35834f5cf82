// SPDX-License-Identifier: MIT

#include <patio/core/finally.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::finally;
using patio::move_on_after;
using patio::time_point;
using patio::testing::kept_report;
using test::leaving;
using test::nap;
using test::trace;

// --- the body ends by itself

TEST(finally, runs_the_cleanup_after_a_value) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 1s); };
        const int value = co_await finally(test::value_after(1s, 4), cleanup);
        EXPECT_EQ(value, 4);
        EXPECT_EQ(patio::now(), time_point{} + 2s);
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        const auto moved = co_await finally(make(), cleanup);
        EXPECT_EQ(*moved, 5);
    });
    EXPECT_EQ(say, "woke cleanup woke cleanup");
}

TEST(finally, runs_the_cleanup_after_a_failure_and_throws_that) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 1s); };
        const auto seen = co_await test::what_of(finally(test::failure_after(1s), cleanup));
        EXPECT_EQ(seen, "boom");
    });
    EXPECT_EQ(say, "woke cleanup");
}

TEST(finally, throws_the_failure_of_a_cleanup_if_the_body_was_fine) {
    patio::testing::run([]() -> async<> {
        auto cleanup = []() -> async<> { co_await test::failure_after(1s, "cleanup"); };
        const auto seen = co_await test::what_of(finally(test::value_after(1s, 4), cleanup));
        EXPECT_EQ(seen, "cleanup");
    });
}

TEST(finally, reports_the_failure_of_a_cleanup_if_the_body_failed_too) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto cleanup = []() -> async<> { co_await test::failure_after(1s, "cleanup"); };
            const auto seen =
                co_await test::what_of(finally(test::failure_after(1s, "body"), cleanup));
            EXPECT_EQ(seen, "body");
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_cleanup);
    EXPECT_NE(reports[0].text.find("cleanup"), std::string::npos);
}

TEST(finally, takes_a_cleanup_function_that_throws_as_a_failed_cleanup) {
    patio::testing::run([]() -> async<> {
        auto cleanup = []() -> async<> {
            if (patio::now() >= time_point{}) throw std::runtime_error{"no coroutine"};
            return test::nap_quietly(1s);
        };
        const auto seen = co_await test::what_of(finally(test::value_at_once(4), cleanup));
        EXPECT_EQ(seen, "no coroutine");
    });
}

TEST(finally, destroys_the_locals_of_the_body_before_the_cleanup_begins) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> {
            say("cleanup");
            co_return;
        };
        co_await finally(nap(say, "body", 1s), cleanup);
        say("|");
        co_await move_on_after(1s, finally(nap(say, "body", 10s), cleanup));
    });
    EXPECT_EQ(say, "woke body cleanup | body cleanup");
}

// --- the body is cancelled

TEST(finally, runs_the_cleanup_after_a_cancellation_shielded_from_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 3s); };
        auto work = [&]() -> async<> {
            const leaving end{say, "outside"};
            co_await finally(nap(say, "body", 10s), cleanup);
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 4s);
    });
    EXPECT_EQ(say, "body woke cleanup outside");
}

TEST(finally, hides_a_second_cancellation_from_the_cleanup) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 10s); };
        auto inner = [&]() -> async<> {
            co_await move_on_after(1s, finally(nap(say, "body", 100s), cleanup));
            say("not this");
        };
        const bool has_ended = co_await move_on_after(5s, inner());
        EXPECT_FALSE(has_ended) << "the outer limit passed while the cleanup ran";
        EXPECT_EQ(patio::now(), time_point{} + 11s);
    });
    EXPECT_EQ(say, "body woke cleanup");
}

TEST(finally, delivers_the_value_of_a_body_that_had_ended_before_the_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 10s); };
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            const int value = co_await finally(test::value_at_once(8), cleanup);
            say(std::to_string(value));
            co_await patio::yield();
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(say, "woke cleanup 8 unwound");
}

TEST(finally, entered_while_the_task_is_being_cancelled_starts_its_body_and_cleans_up) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 1s); };
        auto work = [&]() -> async<> {
            patio::current_task().cancel();
            co_await finally(nap(say, "body", 10s), cleanup);
        };
        const auto task = patio::create_task(work());
        co_await patio::sleep(5s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "body woke cleanup");
}

TEST(finally, nested_cleans_up_from_the_inside_out) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto clean_a = [&]() -> async<> { co_await nap(say, "A", 1s); };
        auto clean_b = [&]() -> async<> { co_await nap(say, "B", 1s); };
        auto middle = [&]() -> async<> {
            const leaving end{say, "middle"};
            co_await finally(nap(say, "body", 100s), clean_a);
        };
        co_await move_on_after(1s, finally(middle(), clean_b));
    });
    EXPECT_EQ(say, "body woke A middle woke B");
}

TEST(finally, lets_a_cleanup_start_and_join_tasks) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> {
            co_await patio::gather(nap(say, "a", 1s), nap(say, "b", 2s));
        };
        co_await move_on_after(1s, finally(nap(say, "body", 10s), cleanup));
        EXPECT_EQ(patio::now(), time_point{} + 3s);
    });
    EXPECT_EQ(say, "body woke a woke b");
}

TEST(finally, reports_a_cleanup_that_fails_after_a_cancellation) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto cleanup = []() -> async<> { co_await test::failure_after(1s, "cleanup"); };
            auto guarded = finally(test::nap_quietly(10s), cleanup);
            const bool has_ended = co_await move_on_after(1s, std::move(guarded));
            EXPECT_FALSE(has_ended);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_NE(reports[0].text.find("been cancelled"), std::string::npos) << reports[0].text;
}

// --- the grace period

TEST(finally, cuts_a_cleanup_after_its_grace_period_counted_from_its_start) {
    trace say;
    std::vector<kept_report> reports;
    patio::testing::run(
        [&]() -> async<> {
            auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 100s); };
            auto guarded = finally(nap(say, "body", 10s), cleanup, 2s);
            const bool has_ended = co_await move_on_after(1s, std::move(guarded));
            EXPECT_FALSE(has_ended);
            EXPECT_EQ(patio::now(), time_point{} + 3s);
        },
        test::keeping(reports));
    EXPECT_EQ(say, "body cleanup");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_cleanup);
    EXPECT_NE(reports[0].text.find("grace"), std::string::npos) << reports[0].text;
}

TEST(finally, delivers_the_value_of_the_body_when_the_grace_period_cut_the_cleanup) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto cleanup = []() -> async<> { co_await patio::sleep(100s); };
            const int value = co_await finally(test::value_at_once(8), cleanup, 2s);
            EXPECT_EQ(value, 8);
        },
        test::keeping(reports));
    EXPECT_EQ(reports.size(), 1U);
}

TEST(finally, throws_the_failure_of_the_body_when_the_grace_period_cut_the_cleanup) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto cleanup = []() -> async<> { co_await patio::sleep(100s); };
            const auto seen =
                co_await test::what_of(finally(test::failure_after(1s, "body"), cleanup, 2s));
            EXPECT_EQ(seen, "body");
        },
        test::keeping(reports));
    EXPECT_EQ(reports.size(), 1U);
}

TEST(finally, leaves_no_deadline_behind_when_the_cleanup_ends_in_its_grace_period) {
    patio::testing::test_loop loop;
    auto work = []() -> async<> {
        auto cleanup = []() -> async<> { co_await patio::sleep(1s); };
        co_await finally(test::value_at_once(8), cleanup, 5s);
    };
    const auto task = loop.spawn(work());
    loop.advance(1s);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(loop.next_deadline(), time_point::never());
}

// --- anywhere

TEST(finally, cleans_up_exactly_once_wherever_it_is_cancelled) {
    int entered = 0;
    int cleaned = 0;
    auto body = [&]() -> async<> {
        auto work = [&]() -> async<> {
            ++entered;
            co_await patio::sleep(1s);
            co_await patio::yield();
        };
        auto cleanup = [&]() -> async<> {
            co_await patio::sleep(1s);
            test::kernel_operation close{test::ms(20), test::ms(5), false};
            co_await close;
            ++cleaned;
        };
        co_await patio::sleep(1s);
        co_await finally(work(), cleanup);
    };
    patio::testing::cancel_everywhere(body);
    EXPECT_GT(entered, 3);
    EXPECT_EQ(entered, cleaned);
}

}  // namespace
