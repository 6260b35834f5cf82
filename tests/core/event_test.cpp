// SPDX-License-Identifier: MIT

#include <patio/core/sync/event.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

static_assert(!std::is_move_constructible_v<patio::event>);
static_assert(std::is_trivially_destructible_v<patio::event::wait_operation>);

async<> wait_and_note(patio::event& ready, std::string& order, char name) {
    co_await ready.wait();
    order += name;
}

TEST(event, lets_a_later_waiter_pass_without_a_turn) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        ready.set();
        const auto before = patio::testing::turn();
        co_await ready.wait();
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(event, wakes_waiters_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        std::string order;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            group.spawn(wait_and_note(ready, order, 'a'));
            group.spawn(wait_and_note(ready, order, 'b'));
            co_await patio::yield();
            EXPECT_EQ(ready.waiting(), 2U);
            ready.set();
        });
        EXPECT_EQ(order, "ab");
    });
}

TEST(event, does_not_take_the_wake_up_back_when_it_is_cleared_at_once) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        std::string order;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            group.spawn(wait_and_note(ready, order, 'a'));
            co_await patio::yield();
            ready.set();
            ready.clear();
            EXPECT_FALSE(ready.is_set());
        });
        EXPECT_EQ(order, "a");
    });
}

TEST(event, makes_those_wait_who_come_after_it_was_cleared) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        ready.set();
        ready.clear();
        const bool passed = co_await patio::move_on_after(1s, ready.wait());
        EXPECT_FALSE(passed);
    });
}

TEST(event, can_be_set_twice) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        ready.set();
        ready.set();
        EXPECT_TRUE(ready.is_set());
        co_await ready.wait();
    });
}

TEST(event, forgets_a_waiter_that_was_cancelled_while_it_waited) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        auto waiting = patio::create_task([&]() -> async<> { co_await ready.wait(); });
        co_await patio::yield();
        waiting.cancel();
        EXPECT_EQ(ready.waiting(), 0U);
        co_await patio::yield();
        EXPECT_TRUE(waiting.cancelled());
    });
}

TEST(event, delivers_to_a_waiter_that_is_cancelled_after_it_was_set) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        std::string order;
        auto waiting = patio::create_task(wait_and_note(ready, order, 'a'));
        co_await patio::yield();
        ready.set();
        waiting.cancel();
        co_await waiting;
        EXPECT_EQ(order, "a");
    });
}

TEST(event, does_not_begin_a_wait_in_a_task_that_is_being_cancelled) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        bool has_passed = false;
        auto waiting = patio::create_task([&]() -> async<> {
            patio::current_task().cancel();
            co_await ready.wait();
            has_passed = true;
        });
        co_await patio::yield();
        co_await patio::yield();
        EXPECT_TRUE(waiting.cancelled());
        EXPECT_FALSE(has_passed);
        EXPECT_EQ(ready.waiting(), 0U);
    });
}

TEST(event, may_die_as_soon_as_it_has_woken_its_waiters) {
    patio::testing::run([]() -> async<> {
        std::string order;
        auto ready = std::make_unique<patio::event>();
        auto waiting = patio::create_task(wait_and_note(*ready, order, 'a'));
        co_await patio::yield();
        ready->set();
        ready.reset();
        co_await waiting;
        EXPECT_EQ(order, "a");
    });
}

TEST(event, loses_nothing_wherever_its_waiter_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        patio::event ready;
        std::string order;
        auto setter = [&]() -> async<> {
            co_await patio::yield();
            co_await patio::yield();
            ready.set();
        };
        co_await patio::gather(probe.cancelled(ready.wait()), wait_and_note(ready, order, 'b'),
                               setter());
        EXPECT_EQ(order, "b");
    });
}

TEST(event, leaves_nobody_behind_wherever_everything_is_cancelled) {
    patio::testing::cancel_everywhere([]() -> async<> {
        patio::event ready;
        std::string order;
        auto setter = [&]() -> async<> {
            co_await patio::sleep(1s);
            ready.set();
        };
        co_await patio::gather(wait_and_note(ready, order, 'a'), setter());
    });
}

TEST(event, lets_others_run_when_it_is_always_set) {
    patio::testing::run([]() -> async<> {
        patio::event ready;
        ready.set();
        bool has_run = false;
        int passes = 0;
        auto greedy = [&]() -> async<> {
            while (!has_run && passes < 1'000'000) {
                co_await ready.wait();
                ++passes;
            }
        };
        auto modest = [&]() -> async<> {
            has_run = true;
            co_return;
        };
        co_await patio::gather(greedy(), modest());
        EXPECT_LE(passes, 1000);
    });
}

}  // namespace
