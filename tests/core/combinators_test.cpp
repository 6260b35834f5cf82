// SPDX-License-Identifier: MIT

// Every combinator around every other one, cancelled at every place where something waits.

#include <patio/core/async.hpp>

#include <patio/core/cancelled.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"

#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using test::counted;

/// What a run leaves behind must be nothing.
struct balance {
    long frames = 0;
    long bodies_begun = 0;    // of finally
    long cleanups_ended = 0;  // likewise
};

/// The operation of a combinator: it waits for time, for the kernel and for a turn.
async<int> leaf(balance& b) {
    const counted frame{b.frames};
    co_await patio::sleep(10ms);
    test::kernel_operation read{test::ms(10), test::ms(3), false};
    const int value = co_await read;
    co_await patio::yield();
    co_return value;
}

/// The same, but what the kernel owns does not listen to cancellation.
async<int> deaf_leaf(balance& b) {
    const counted frame{b.frames};
    test::kernel_operation read{test::ms(10), test::ms(3), true};
    const int value = co_await read;
    co_await patio::sleep(10ms);
    co_return value;
}

async<int> quick_leaf(balance& b) {
    const counted frame{b.frames};
    co_await patio::sleep(5ms);
    co_return 1;
}

// --- each combinator as a function from a coroutine to a coroutine

async<int> in_timeout(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const int value = co_await patio::timeout(1s, std::move(operation));
    co_return value;
}

async<int> in_short_timeout(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const auto value = co_await patio::move_on_after(7ms, std::move(operation));
    co_await patio::yield();
    co_return value.value_or(1);
}

async<int> in_moved_timeout(balance& b, async<int> operation) {
    const counted frame{b.frames};
    auto body = [&](patio::deadline& limit) -> async<int> {
        const counted inner_frame{b.frames};
        limit.reschedule(1s);
        const int value = co_await std::move(operation);
        co_return value;
    };
    const int value = co_await patio::timeout(1ms, body);
    co_return value;
}

async<int> in_shield(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const int value = co_await patio::shield(std::move(operation));
    co_return value;
}

async<int> count_begin(balance& b, async<int> operation) {
    ++b.bodies_begun;
    const int value = co_await std::move(operation);
    co_return value;
}

async<int> in_finally(balance& b, async<int> operation) {
    const counted frame{b.frames};
    auto cleanup = [&]() -> async<> {
        const counted cleanup_frame{b.frames};
        co_await patio::sleep(5ms);
        ++b.cleanups_ended;
    };
    const int value = co_await patio::finally(count_begin(b, std::move(operation)), cleanup);
    co_return value;
}

async<int> in_cleanup(balance& b, async<int> operation) {
    const counted frame{b.frames};
    int value = 1;
    auto cleanup = [&]() -> async<> {
        const counted cleanup_frame{b.frames};
        value = co_await std::move(operation);
        ++b.cleanups_ended;
    };
    co_await patio::finally(count_begin(b, quick_leaf(b)), cleanup);
    co_return value;
}

async<int> in_gather(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const auto [value, other] = co_await patio::gather(std::move(operation), leaf(b));
    co_return value;
}

async<int> in_gather_range(balance& b, async<int> operation) {
    const counted frame{b.frames};
    std::vector<async<int>> operations;
    operations.push_back(quick_leaf(b));
    operations.push_back(std::move(operation));
    const auto values = co_await patio::gather(std::move(operations));
    co_return values[1];
}

async<int> in_gather_settled(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const auto [other, value] = co_await patio::gather_settled(leaf(b), std::move(operation));
    co_return value.value();
}

async<int> as_winner(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const auto winner = co_await patio::race(std::move(operation), patio::sleep(1s));
    co_return winner.index() == 0 ? std::get<0>(winner) : 0;
}

async<int> as_loser(balance& b, async<int> operation) {
    const counted frame{b.frames};
    const auto winner = co_await patio::race(std::move(operation), quick_leaf(b));
    co_return winner.index() == 0 ? std::get<0>(winner) : std::get<1>(winner);
}

async<int> in_group_body(balance& b, async<int> operation) {
    const counted frame{b.frames};
    auto body = [&](patio::task_group& group) -> async<int> {
        const counted inner_frame{b.frames};
        group.spawn(leaf(b));
        const int value = co_await std::move(operation);
        co_return value;
    };
    const int value = co_await patio::with_task_group(body);
    co_return value;
}

async<int> as_group_child(balance& b, async<int> operation) {
    const counted frame{b.frames};
    auto body = [&](patio::task_group& group) -> async<int> {
        const counted inner_frame{b.frames};
        const auto child = group.spawn(std::move(operation));
        group.spawn(quick_leaf(b));
        const int value = co_await child;
        co_return value;
    };
    const int value = co_await patio::with_task_group(body);
    co_return value;
}

async<int> in_throwing_scope(balance& b, async<int> operation) {
    const counted frame{b.frames};
    auto pass_on = [&](async<int> inner) -> async<int> {
        const counted inner_frame{b.frames};
        try {
            const int value = co_await std::move(inner);
            co_return value;
        } catch (const patio::cancelled&) {
            throw;
        }
    };
    const int value = co_await patio::throwing_scope(pass_on(std::move(operation)));
    co_return value;
}

struct named_combinator {
    const char* name;
    async<int> (*around)(balance&, async<int>);
};

constexpr named_combinator combinators[] = {
    {"timeout", in_timeout},
    {"short_timeout", in_short_timeout},
    {"moved_timeout", in_moved_timeout},
    {"shield", in_shield},
    {"finally", in_finally},
    {"cleanup", in_cleanup},
    {"gather", in_gather},
    {"gather_range", in_gather_range},
    {"gather_settled", in_gather_settled},
    {"winner", as_winner},
    {"loser", as_loser},
    {"group_body", in_group_body},
    {"group_child", as_group_child},
    {"throwing_scope", in_throwing_scope},
};

class combinators_test
    : public testing::TestWithParam<std::tuple<named_combinator, named_combinator>> {
protected:
    void expect_balance() const {
        EXPECT_EQ(balance_.frames, 0) << "frames are left";
        EXPECT_EQ(balance_.bodies_begun, balance_.cleanups_ended);
    }
    async<int> nested(async<int> innermost) {
        const auto [outer, inner] = GetParam();
        return outer.around(balance_, inner.around(balance_, std::move(innermost)));
    }
    balance balance_;
};

TEST_P(combinators_test, leave_nothing_behind_wherever_the_whole_is_cancelled) {
    for (auto* innermost : {leaf, deaf_leaf, quick_leaf}) {
        auto body = [&]() -> async<> { co_await nested(innermost(balance_)); };
        EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
        expect_balance();
    }
}

TEST_P(combinators_test, let_a_task_go_on_that_catches_what_came_of_a_cancelled_part) {
    auto body = [&](patio::testing::probe& marked) -> async<> {
        co_await marked.cancelled(nested(leaf(balance_)));
        const int value = co_await nested(quick_leaf(balance_));
        EXPECT_EQ(value, 1);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
    expect_balance();
}

TEST_P(combinators_test, leave_nothing_behind_whichever_limit_around_them_passes) {
    for (int limit = 0; limit < 60; ++limit) {
        auto body = [&]() -> async<> {
            auto inner = nested(leaf(balance_));
            co_await patio::move_on_after(limit * 1ms, std::move(inner));
            co_await patio::yield();
        };
        patio::testing::run(body);
        expect_balance();
    }
}

std::string name_of(const testing::TestParamInfo<combinators_test::ParamType>& info) {
    return std::string{std::get<0>(info.param).name} + "_around_" + std::get<1>(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(pairs, combinators_test,
                         testing::Combine(testing::ValuesIn(combinators),
                                          testing::ValuesIn(combinators)),
                         name_of);

}  // namespace
