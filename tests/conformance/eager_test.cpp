// SPDX-License-Identifier: MIT

// Cases of CPython's test_eager_task_factory, by their names there. Patio has no eager tasks: what
// shall run at once is awaited, which costs no turn of the loop, and a task begins in the next one.
// So the tests check Patio's order at the places where an eager task would be ahead.

#include <patio/core/all_tasks.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::event;
using patio::task_group;
using patio::time_point;

async<std::string> hello() { co_return "hello"; }

TEST(eager_task_factory_loop_tests, test_eager_completion) {
    patio::testing::run([]() -> async<> {
        const auto task = patio::create_task(hello());
        EXPECT_FALSE(task.done()) << "it has not begun";
        const std::string& from_task = co_await task;
        EXPECT_EQ(from_task, "hello");

        const auto before = patio::testing::turn();
        const std::string at_once = co_await hello();
        EXPECT_EQ(at_once, "hello");
        EXPECT_EQ(patio::testing::turn(), before) << "awaited without a task";
    });
}

// The task has not begun when it is cancelled. It runs to its first suspension all the same, and
// this one has none.
TEST(eager_task_factory_loop_tests, test_cancellation_after_eager_completion) {
    patio::testing::run([]() -> async<> {
        const auto task = patio::create_task(hello());
        EXPECT_TRUE(task.cancel());
        const std::string& result = co_await task;
        EXPECT_EQ(result, "hello");
        EXPECT_FALSE(task.cancelled());
        EXPECT_FALSE(task.cancel()) << "a finished task cannot be cancelled";
    });
}

TEST(eager_task_factory_loop_tests, test_context_vars) {
    patio::context_var<int> variable{0};
    patio::testing::run([&]() -> async<> {
        int steps = 0;
        const auto changes = [&]() -> async<> {
            EXPECT_EQ(variable.get(), 1) << "as it was at the spawn, not at the first step";
            variable.set(2);
            ++steps;
            co_await patio::sleep(100ms);
            EXPECT_EQ(variable.get(), 2);
            variable.set(3);
            EXPECT_EQ(variable.get(), 3);
            ++steps;
        };
        variable.set(1);
        const auto task = patio::create_task(changes);
        EXPECT_EQ(steps, 0);
        variable.set(10);
        co_await patio::yield();
        EXPECT_EQ(steps, 1);
        EXPECT_EQ(variable.get(), 10);
        co_await task;
        EXPECT_EQ(steps, 2);
        EXPECT_EQ(variable.get(), 10);
    });
}

TEST(eager_task_factory_loop_tests, test_all_tasks_with_eager_completion) {
    patio::testing::run([]() -> async<> {
        const auto is_listed = [](const std::vector<patio::any_task>& tasks,
                                  const patio::any_task& wanted) {
            return std::find(tasks.begin(), tasks.end(), wanted) != tasks.end();
        };
        std::vector<patio::any_task> seen;
        const auto looks = [&]() -> async<> {
            seen = patio::all_tasks();
            co_return;
        };
        const auto task = patio::create_task(looks);
        EXPECT_TRUE(is_listed(patio::all_tasks(), task)) << "from the spawn on";
        co_await task;
        EXPECT_TRUE(is_listed(seen, task)) << "while it runs";
        EXPECT_TRUE(is_listed(seen, patio::current_task()));
        EXPECT_FALSE(is_listed(patio::all_tasks(), task)) << "not when it has ended";
    });
}

// --- the race for a connection, made of a group, an event and a timeout

struct staggered_result {
    std::string winner;
    std::size_t index = 0;
    std::vector<std::string> failures;
};

/// Begins with one attempt, and with each further one when the last has failed or `delay` is over.
/// The first that succeeds ends the others.
async<> staggered_race(staggered_result& result,
                       const std::vector<std::function<async<std::string>()>>& attempts,
                       duration delay) {
    result.failures.resize(attempts.size());
    event failed;
    const auto attempt = [&](task_group& group, std::size_t index) -> async<> {
        try {
            std::string value = co_await attempts[index]();
            result.winner = std::move(value);
            result.index = index;
            group.cancel("another attempt was faster");
        } catch (const std::exception& error) {
            result.failures[index] = error.what();
            failed.set();
        }
    };
    co_await patio::with_task_group([&](task_group& group) -> async<> {
        for (std::size_t index = 0; index < attempts.size(); ++index) {
            failed.clear();
            const auto begin = [&attempt, &group, index]() { return attempt(group, index); };
            group.spawn(begin);
            co_await patio::move_on_after(delay, failed.wait());
        }
    });
}

TEST(eager_task_factory_loop_tests, test_staggered_race_with_eager_tasks) {
    patio::testing::run([]() -> async<> {
        std::string log;
        const auto sleeps = [&](duration length, std::string name) -> async<std::string> {
            struct leaving {
                std::string& log;
                std::string name;
                ~leaving() {
                    log += name + "@" +
                           std::to_string(patio::now().since_origin().count() / 1'000'000) + " ";
                }
            } const last{log, name};
            co_await patio::sleep(length);
            co_return name;
        };
        const auto fails = [&]() -> async<std::string> {
            co_await patio::yield();
            throw std::invalid_argument{"no good"};
        };
        std::vector<std::function<async<std::string>()>> attempts;
        attempts.emplace_back([&] { return sleeps(2s, "sleep2"); });
        attempts.emplace_back([&] { return sleeps(1s, "sleep1"); });
        attempts.emplace_back([&] { return fails(); });
        staggered_result result;
        co_await staggered_race(result, attempts, 250ms);
        EXPECT_EQ(result.winner, "sleep1");
        EXPECT_EQ(result.index, 1U);
        EXPECT_EQ(result.failures, (std::vector<std::string>{"", "", "no good"}));
        EXPECT_EQ(log, "sleep1@1250 sleep2@1250 ") << "the loser has been unwound";
        EXPECT_EQ(patio::now(), time_point{} + 1250ms);
    });
}

}  // namespace
