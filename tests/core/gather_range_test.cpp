// SPDX-License-Identifier: MIT

#include <patio/core/gather_range.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::gather;
using patio::gather_settled;
using patio::race;
using patio::time_point;
using test::nap;
using test::trace;

std::vector<async<int>> countdown(int count) {
    std::vector<async<int>> operations;
    for (int i = 0; i < count; ++i) {
        operations.push_back(test::value_after(patio::duration{(count - i) * 1s}, i));
    }
    return operations;
}

TEST(gather_range, gives_all_results_in_the_order_of_the_range) {
    patio::testing::run([]() -> async<> {
        const auto results = co_await gather(countdown(4));
        EXPECT_EQ(results, (std::vector<int>{0, 1, 2, 3}));
        EXPECT_EQ(patio::now(), time_point{} + 4s);
    });
}

TEST(gather_range, takes_the_elements_out_of_an_lvalue_range) {
    patio::testing::run([]() -> async<> {
        auto operations = countdown(2);
        const auto results = co_await gather(operations);
        EXPECT_EQ(results.size(), 2U);
    });
}

TEST(gather_range, of_nothing_gives_nothing_without_a_turn) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const auto results = co_await gather(std::vector<async<int>>{});
        const auto outcomes = co_await gather_settled(std::vector<async<int>>{});
        EXPECT_TRUE(results.empty());
        EXPECT_TRUE(outcomes.empty());
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(gather_range, takes_any_range_of_anything_that_can_be_awaited) {
    patio::testing::run([]() -> async<> {
        std::deque<patio::task<int>> tasks;
        tasks.push_back(patio::create_task(test::value_after(1s, 1)));
        tasks.push_back(patio::create_task(test::value_after(2s, 2)));
        const auto results = co_await gather(tasks);
        EXPECT_EQ(results, (std::vector<int>{1, 2}));
    });
}

TEST(gather_range, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = [](int value) -> async<std::unique_ptr<int>> {
            co_return std::make_unique<int>(value);
        };
        std::vector<async<std::unique_ptr<int>>> operations;
        operations.push_back(make(1));
        operations.push_back(make(2));
        const auto results = co_await gather(std::move(operations));
        EXPECT_EQ(*results[0] + *results[1], 3);
    });
}

TEST(gather_range, throws_the_first_failure_when_the_others_have_ended) {
    trace say;
    patio::testing::run([&]() -> async<> {
        std::vector<async<>> operations;
        auto fail = []() -> async<> { co_await test::failure_after(1s); };
        operations.push_back(nap(say, "sibling", 10s));
        operations.push_back(fail());
        const auto seen = co_await test::what_of(gather(std::move(operations)));
        EXPECT_EQ(seen, "boom");
    });
    EXPECT_EQ(say, "sibling");
}

TEST(gather_range, settled_gives_the_outcome_of_each) {
    patio::testing::run([]() -> async<> {
        auto operations = countdown(2);
        operations.push_back(test::failure_after(1s));
        const auto outcomes = co_await gather_settled(std::move(operations));
        EXPECT_EQ(outcomes.size(), 3U);
        EXPECT_EQ(outcomes[1].value(), 1);
        EXPECT_THROW((void)outcomes[2].value(), std::runtime_error);
    });
}

TEST(gather_range, runs_many_at_once) {
    patio::testing::run([]() -> async<> {
        std::vector<async<int>> operations;
        for (int i = 0; i < 10'000; ++i)
            operations.push_back(test::value_after(1s, i));
        const auto results = co_await gather(std::move(operations));
        EXPECT_EQ(results.size(), 10'000U);
        EXPECT_EQ(results.back(), 9'999);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(gather_range, leaves_nothing_behind_wherever_it_is_cancelled) {
    long frames = 0;
    auto child = [&](int seconds) -> async<> {
        const test::counted frame{frames};
        co_await patio::sleep(seconds * 1s);
    };
    auto body = [&]() -> async<> {
        std::vector<async<>> operations;
        for (int i = 0; i < 3; ++i)
            operations.push_back(child(i));
        co_await gather(std::move(operations));
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 6U);
    EXPECT_EQ(frames, 0);
}

TEST(race_range, gives_the_index_and_the_value_of_the_winner) {
    patio::testing::run([]() -> async<> {
        const auto winner = co_await race(countdown(4));
        EXPECT_EQ(winner.index, 3U);
        EXPECT_EQ(winner.value, 3);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(race_range, cancels_and_joins_the_losers) {
    trace say;
    patio::testing::run([&]() -> async<> {
        std::vector<async<>> operations;
        operations.push_back(nap(say, "loser", 10s));
        operations.push_back(nap(say, "winner", 1s));
        const auto winner = co_await race(std::move(operations));
        EXPECT_EQ(winner.index, 1U);
    });
    EXPECT_EQ(say, "woke winner loser");
}

TEST(race_range, of_nothing_is_a_mistake) {
    patio::testing::run([]() -> async<> {
        const auto seen = co_await test::what_of(race(std::vector<async<int>>{}));
        EXPECT_EQ(seen, "race() of nothing has no winner");
    });
}

TEST(race_range, leaves_nothing_behind_wherever_it_is_cancelled) {
    long frames = 0;
    auto child = [&](int seconds) -> async<int> {
        const test::counted frame{frames};
        co_await patio::sleep(seconds * 1s);
        co_return seconds;
    };
    auto body = [&]() -> async<> {
        std::vector<async<int>> operations;
        for (int i = 1; i < 4; ++i)
            operations.push_back(child(i));
        co_await race(std::move(operations));
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 4U);
    EXPECT_EQ(frames, 0);
}

}  // namespace
