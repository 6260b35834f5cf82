// SPDX-License-Identifier: MIT

#include <patio/core/race.hpp>

#include <patio/core/shield.hpp>
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
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::move_on_after;
using patio::race;
using patio::time_point;
using test::leaving;
using test::nap;
using test::trace;

async<int> slow_to_cancel(trace& say, std::string name, std::uint64_t latency_ms) {
    const leaving end{say, std::move(name)};
    test::kernel_operation operation{test::ms(100'000), test::ms(latency_ms), false};
    const int result = co_await operation;
    co_return result;
}

// --- completes

TEST(race, gives_the_result_of_the_first_that_ends) {
    patio::testing::run([]() -> async<> {
        auto text = []() -> async<std::string> {
            co_await patio::sleep(1s);
            co_return "text";
        };
        const auto winner = co_await race(test::value_after(2s, 1), text(), patio::sleep(3s));
        EXPECT_EQ(winner.index(), 1U);
        EXPECT_EQ(std::get<1>(winner), "text");
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(race, cancels_and_joins_the_losers_before_it_returns) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto winner =
            co_await race(slow_to_cancel(say, "loser", 30), test::value_after(1s, 2));
        say("returned");
        EXPECT_EQ(std::get<1>(winner), 2);
        EXPECT_EQ(patio::now(), time_point{} + 1030ms);
    });
    EXPECT_EQ(say, "loser returned");
}

TEST(race, is_won_by_the_first_argument_among_equals) {
    patio::testing::run([]() -> async<> {
        const auto at_once = co_await race(test::value_at_once(1), test::value_at_once(2));
        EXPECT_EQ(at_once.index(), 0U);
        const auto later = co_await race(test::value_after(1s, 1), test::value_after(1s, 2));
        EXPECT_EQ(later.index(), 0U);
    });
}

TEST(race, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        const auto winner = co_await race(make(), patio::sleep(1s));
        EXPECT_EQ(*std::get<0>(winner), 5);
    });
}

TEST(race, of_one_is_won_by_that) {
    patio::testing::run([]() -> async<> {
        const auto winner = co_await race(test::value_after(1s, 5));
        EXPECT_EQ(std::get<0>(winner), 5);
    });
}

// --- fails

TEST(race, is_won_by_a_failure_too) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto seen =
            co_await test::what_of(race(test::failure_after(1s), nap(say, "loser", 9s)));
        EXPECT_EQ(seen, "boom");
    });
    EXPECT_EQ(say, "loser");
}

TEST(race, reports_a_loser_that_fails_while_it_is_being_cancelled) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto loser = []() -> async<> {
                co_await patio::shield(patio::sleep(3s));
                throw std::runtime_error{"loser"};
            };
            const auto winner = co_await race(loser(), test::value_after(1s, 1));
            EXPECT_EQ(winner.index(), 1U);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::secondary_failure);
}

TEST(race, is_not_won_by_a_competitor_that_somebody_cancelled) {
    patio::testing::run([]() -> async<> {
        patio::any_task first;
        auto cut = [&]() -> async<int> {
            first = patio::current_task();
            const int value = co_await test::value_after(1h, 1);
            co_return value;
        };
        auto killer = [&]() -> async<> {
            co_await patio::sleep(1s);
            first.cancel();
        };
        patio::create_task(killer());
        const auto winner = co_await race(cut(), test::value_after(5s, 2));
        EXPECT_EQ(winner.index(), 1U);
        EXPECT_EQ(patio::now(), time_point{} + 5s);
    });
}

TEST(race, throws_task_cancelled_if_every_competitor_was_cancelled) {
    patio::testing::run([]() -> async<> {
        auto cut = []() -> async<> {
            patio::current_task().cancel();
            co_await patio::yield();
        };
        const auto seen = co_await test::what_of(race(cut(), cut()));
        EXPECT_NE(seen.find("cancelled"), std::string::npos) << seen;
    });
}

// --- is cancelled

TEST(race, waits_for_all_before_who_awaits_it_is_unwound) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "waiter"};
            co_await race(slow_to_cancel(say, "a", 30), nap(say, "b", 10s));
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 1030ms);
    });
    EXPECT_EQ(say, "b a waiter");
}

TEST(race, delivers_a_winner_that_was_known_before_the_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            const auto winner =
                co_await race(slow_to_cancel(say, "loser", 5000), test::value_after(1s, 2));
            say(std::to_string(winner.index()));
            co_await patio::yield();
            say("not this");
        };
        const bool has_ended = co_await move_on_after(2s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 6s);
    });
    EXPECT_EQ(say, "loser 1 unwound");
}

TEST(race, starts_nothing_in_a_task_that_is_being_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            patio::current_task().cancel();
            co_await race(nap(say, "a", 1s), nap(say, "b", 1s));
        };
        const auto task = patio::create_task(work());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "");
}

TEST(race, leaves_nothing_behind_wherever_it_is_cancelled) {
    long frames = 0;
    auto child = [&](patio::duration length) -> async<int> {
        const test::counted frame{frames};
        co_await patio::sleep(length);
        co_return 1;
    };
    auto body = [&]() -> async<> {
        const test::counted frame{frames};
        co_await race(child(1s), race(child(2s), child(3s)));
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 5U);
    EXPECT_EQ(frames, 0);
}

}  // namespace
