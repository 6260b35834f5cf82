// SPDX-License-Identifier: MIT

#include <patio/core/sleep.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::create_task;
using patio::time_point;
using test::trace;

TEST(sleep, lasts_as_long_as_it_was_told_to) {
    patio::testing::run([]() -> async<> {
        co_await patio::sleep(90min);
        EXPECT_EQ(patio::now(), time_point{} + 90min);
        co_await patio::sleep(1ns);
        EXPECT_EQ(patio::now(), time_point{} + 90min + 1ns);
    });
}

TEST(sleep, gives_the_others_one_turn_if_its_length_is_zero_or_less) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto other = [&]() -> async<> {
            say("other");
            co_return;
        };
        create_task(other);
        co_await patio::sleep(0s);
        say("zero");
        create_task(other);
        co_await patio::sleep(-5s);
        say("less");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "other zero other less");
}

TEST(sleep, ends_in_the_order_of_deadlines_and_of_beginnings_among_equal_ones) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto sleeper = [&](std::string name, patio::duration length) -> async<> {
            co_await patio::sleep(length);
            say(name);
        };
        create_task(sleeper, "c", patio::duration{3ns});
        create_task(sleeper, "b1", patio::duration{2ns});
        create_task(sleeper, "a", patio::duration{1ns});
        create_task(sleeper, "b2", patio::duration{2ns});
        create_task(sleeper, "b3", patio::duration{2ns});
        co_await patio::sleep(1s);
    });
    EXPECT_EQ(say, "a b1 b2 b3 c");
}

TEST(sleep, fires_equal_deadlines_in_the_order_in_which_they_were_made_whatever_made_them) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto sleeper = [&]() -> async<> {
            co_await patio::sleep(1s);
            say("sleeper");
        };
        auto limited = [&](std::string name) -> async<> {
            auto wait = []() -> async<> { co_await patio::sleep(10s); };
            co_await patio::move_on_after(1s, wait());
            say(name);
        };
        create_task(limited, "first-limit");
        create_task(sleeper);
        create_task(limited, "second-limit");
        co_await patio::sleep(2s);
    });
    EXPECT_EQ(say, "first-limit sleeper second-limit");
}

TEST(sleep, until_a_point_in_time) {
    patio::testing::run([]() -> async<> {
        co_await patio::sleep_until(time_point{} + 3s);
        EXPECT_EQ(patio::now(), time_point{} + 3s);
        co_await patio::sleep_until(time_point{} + 1s);
        EXPECT_EQ(patio::now(), time_point{} + 3s) << "a point in the past is one turn";
    });
}

TEST(sleep, for_ever_ends_by_cancellation_only) {
    patio::testing::run([]() -> async<> {
        auto wait = []() -> async<> { co_await patio::sleep(patio::duration::forever()); };
        const bool has_ended = co_await patio::move_on_after(1000h, wait());
        EXPECT_FALSE(has_ended);
    });
}

TEST(sleep, for_ever_is_nothing_that_could_wake_a_program) {
    std::vector<patio::testing::kept_report> reports;
    auto wait = []() -> async<> { co_await patio::sleep(patio::duration::forever()); };
    EXPECT_THROW(patio::testing::run(wait, test::keeping(reports)), patio::deadlock);
}

TEST(sleep, is_taken_out_of_the_timers_when_it_is_cancelled) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(test::value_after(10s, 1));
    loop.run_until_idle();
    EXPECT_EQ(loop.next_deadline(), time_point{} + 10s);
    task.cancel();
    EXPECT_EQ(loop.next_deadline(), time_point::never());
    loop.run_until_idle();
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(loop.now(), time_point{});
}

TEST(sleep, may_be_cancelled_anywhere) {
    auto body = []() -> async<> {
        co_await patio::sleep(1s);
        co_await patio::yield();
        co_await patio::sleep(0s);
        co_await patio::sleep_until(time_point{} + 5s);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 6U);
}

TEST(yield, gives_each_other_ready_task_one_turn) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto talk = [&](std::string name) -> async<> {
            for (int i = 0; i < 3; ++i) {
                say(name);
                co_await patio::yield();
            }
        };
        co_await patio::gather(talk("a"), talk("b"));
    });
    EXPECT_EQ(say, "a b a b a b");
}

TEST(yield, takes_one_turn) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        co_await patio::yield();
        EXPECT_EQ(patio::testing::turn(), before + 1);
    });
}

TEST(checkpoint, does_not_suspend_unless_there_is_a_reason) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        for (int i = 0; i < 100; ++i)
            co_await patio::checkpoint();
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(checkpoint, gives_the_others_a_turn_after_a_long_one) {
    patio::testing::run([]() -> async<> {
        bool has_other_run = false;
        auto other = [&]() -> async<> {
            has_other_run = true;
            co_return;
        };
        create_task(other);
        int checkpoints = 0;
        while (!has_other_run && checkpoints < 1000) {
            co_await patio::checkpoint();
            ++checkpoints;
        }
        EXPECT_EQ(checkpoints, patio::detail::step_budget);
    });
}

TEST(checkpoint, lets_a_pending_cancellation_in) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            co_await patio::checkpoint();
            say("passed");
            patio::current_task().cancel();
            co_await patio::checkpoint();
            say("not this");
        };
        const auto task = create_task(work());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "passed unwound");
}

}  // namespace
