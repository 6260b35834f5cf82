// SPDX-License-Identifier: MIT

#include <patio/core/shield.hpp>

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

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::move_on_after;
using patio::shield;
using patio::time_point;
using test::leaving;
using test::nap;
using test::trace;

TEST(shield, gives_the_value_of_its_operation) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const int at_once = co_await shield(test::value_at_once(1));
        EXPECT_EQ(patio::testing::turn(), before);
        const int later = co_await shield(test::value_after(1s, 2));
        EXPECT_EQ(at_once + later, 3);
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        const auto moved = co_await shield(make());
        EXPECT_EQ(*moved, 5);
    });
}

TEST(shield, throws_what_its_operation_throws) {
    patio::testing::run([]() -> async<> {
        const auto seen = co_await test::what_of(shield(test::failure_after(1s)));
        EXPECT_EQ(seen, "boom");
    });
}

TEST(shield, lets_its_operation_end_and_delivers_the_cancellation_right_after) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            co_await shield(nap(say, "operation", 5s));
            say("result");
            co_await patio::yield();
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 5s);
    });
    EXPECT_EQ(say, "woke operation result unwound");
}

TEST(shield, entered_while_the_task_is_being_cancelled_runs_to_its_end) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            patio::current_task().cancel();
            co_await shield(nap(say, "operation", 5s));
            say("result");
            co_await patio::yield();
            say("not this");
        };
        const auto task = patio::create_task(work());
        co_await patio::sleep(10s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "woke operation result unwound");
}

TEST(shield, hides_the_cancellation_of_the_task_itself) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> { co_await shield(nap(say, "operation", 5s)); };
        const auto task = patio::create_task(work());
        co_await patio::sleep(1s);
        task.cancel();
        EXPECT_TRUE(task.cancelling());
        co_await patio::sleep(1s);
        EXPECT_FALSE(task.done());
        co_await patio::sleep(10s);
        EXPECT_TRUE(task.done());
        EXPECT_FALSE(task.cancelled()) << "it returned before it waited again";
    });
    EXPECT_EQ(say, "woke operation");
}

TEST(shield, lets_the_limits_inside_of_it_fire) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto inside = [&]() -> async<> {
            const bool has_ended = co_await move_on_after(3s, nap(say, "operation", 10s));
            EXPECT_FALSE(has_ended);
            co_await patio::sleep(1s);
            say("on");
        };
        co_await move_on_after(1s, shield(inside()));
        EXPECT_EQ(patio::now(), time_point{} + 4s);
    });
    EXPECT_EQ(say, "operation on");
}

TEST(shield, hides_the_cancellation_from_the_tasks_inside_of_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto both = patio::gather(nap(say, "a", 2s), nap(say, "b", 3s));
        const auto result = co_await move_on_after(1s, shield(std::move(both)));
        EXPECT_TRUE(result.has_value());
    });
    EXPECT_EQ(say, "woke a woke b");
}

TEST(shield, inside_a_shield_hides_as_much) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto inner = [&]() -> async<> {
            co_await shield(nap(say, "inner", 3s));
            co_await nap(say, "outer", 1s);
        };
        co_await move_on_after(1s, shield(inner()));
    });
    EXPECT_EQ(say, "woke inner woke outer");
}

TEST(shield, holds_wherever_it_is_cancelled) {
    int begun = 0;
    int ended = 0;
    auto body = [&]() -> async<> {
        auto inside = [&]() -> async<> {
            ++begun;
            co_await patio::sleep(1s);
            test::kernel_operation write{test::ms(10), test::ms(5), false};
            co_await write;
            co_await patio::yield();
            ++ended;
        };
        co_await patio::sleep(1s);
        co_await shield(inside());
    };
    patio::testing::cancel_everywhere(body);
    EXPECT_GT(begun, 3);
    EXPECT_EQ(begun, ended);
}

TEST(shield, gives_way_when_the_program_ends_and_nothing_else_can_end_its_wait) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stuck = [&]() -> async<> {
            const leaving end{say, "unwound"};
            co_await shield(patio::sleep(patio::duration::forever()));
        };
        patio::create_task(stuck());
        co_await patio::sleep(1s);
        say("main");
    });
    EXPECT_EQ(say, "main unwound");
}

}  // namespace
