// SPDX-License-Identifier: MIT

// Operations that are always ready: they give others a turn, end when their task is cancelled, and
// neither lose nor take anything by that.

#include <patio/core/detail/loop_state.hpp>

#include <patio/core/channel/broadcast.hpp>
#include <patio/core/channel/channel.hpp>
#include <patio/core/channel/oneshot.hpp>
#include <patio/core/channel/watch.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/priority_queue.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/core/task.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::detail::step_budget;

constexpr int far_too_many = 10 * step_budget;

/// Repeats `once`, which is always ready. Its task is cancelled after `cancel_after` of them; how
/// many were completed is in the result.
template <class Once>
async<int> completed(Once once, int cancel_after) {
    int count = 0;
    auto repeat = [&]() -> async<> {
        while (count < far_too_many) {
            co_await once();
            if (++count == cancel_after) patio::current_task().cancel();
        }
    };
    const auto task = patio::create_task(repeat);
    while (!task.done())
        co_await patio::yield();
    EXPECT_TRUE(task.cancelled()) << count;
    co_return count;
}

/// What is true of every such operation.
template <class Once>
async<> expect_bounded(Once once) {
    for (const int cancel_after : {1, step_budget - 1, step_budget, step_budget + 1}) {
        const int count = co_await completed(once, cancel_after);
        EXPECT_GE(count, cancel_after) << "what was completed is delivered";
        EXPECT_LE(count, cancel_after + step_budget);
    }
}

TEST(budget, ends_waits_for_an_event_that_is_set) {
    patio::testing::run([]() -> async<> {
        patio::event set;
        set.set();
        auto once = [&]() -> async<> { co_await set.wait(); };
        co_await expect_bounded(once);
    });
}

TEST(budget, ends_uses_of_a_free_mutex_and_leaves_it_free) {
    patio::testing::run([]() -> async<> {
        patio::mutex lock;
        auto once = [&]() -> async<> { auto guard = co_await lock.lock(); };
        co_await expect_bounded(once);
        EXPECT_FALSE(lock.is_locked());
    });
}

TEST(budget, ends_uses_of_free_permits_and_keeps_none) {
    patio::testing::run([]() -> async<> {
        patio::semaphore permits{3};
        auto once = [&]() -> async<> { auto permit = co_await permits.acquire(2); };
        co_await expect_bounded(once);
        EXPECT_EQ(permits.available(), 3U);
    });
}

TEST(budget, ends_passing_a_barrier_for_one) {
    patio::testing::run([]() -> async<> {
        patio::barrier alone{1};
        auto once = [&]() -> async<> { co_await alone.wait(); };
        co_await expect_bounded(once);
        EXPECT_EQ(alone.waiting(), 0U);
    });
}

TEST(budget, ends_joining_a_queue_without_work) {
    patio::testing::run([]() -> async<> {
        patio::queue<int> items{1};
        auto once = [&]() -> async<> { co_await items.join(); };
        co_await expect_bounded(once);
    });
}

TEST(budget, ends_joining_a_task_that_has_ended) {
    patio::testing::run([]() -> async<> {
        const auto ended = patio::create_task([]() -> async<int> { co_return 7; });
        co_await ended;
        auto once = [&]() -> async<> { co_await ended; };
        co_await expect_bounded(once);
    });
}

TEST(budget, ends_puts_and_each_item_is_in_the_queue_or_was_never_put) {
    patio::testing::run([]() -> async<> {
        for (const int cancel_after : {1, step_budget - 1, step_budget, step_budget + 1}) {
            patio::queue<std::unique_ptr<int>> items{patio::unbounded};
            auto once = [&]() -> async<> { co_await items.put(std::make_unique<int>(1)); };
            const int count = co_await completed(once, cancel_after);
            EXPECT_LE(count, cancel_after + step_budget);
            EXPECT_EQ(items.size(), static_cast<std::size_t>(count));
        }
    });
}

TEST(budget, ends_gets_and_each_item_was_delivered_or_is_left) {
    patio::testing::run([]() -> async<> {
        for (const int cancel_after : {1, step_budget - 1, step_budget, step_budget + 1}) {
            patio::priority_queue<int> items{patio::unbounded};
            for (int i = 0; i < far_too_many; ++i)
                co_await items.put(i);
            auto once = [&]() -> async<> { static_cast<void>(co_await items.get()); };
            const int count = co_await completed(once, cancel_after);
            EXPECT_LE(count, cancel_after + step_budget);
            EXPECT_EQ(items.size(), static_cast<std::size_t>(far_too_many - count));
        }
    });
}

TEST(budget, ends_sends_and_receives_of_a_channel_and_loses_no_item) {
    patio::testing::run([]() -> async<> {
        auto ends = patio::channel<int>(patio::unbounded);
        auto send = [&]() -> async<> { co_await ends.first.send(1); };
        const int sent = co_await completed(send, step_budget);
        EXPECT_LE(sent, 2 * step_budget);
        while (ends.first.statistics().buffered < std::size_t{far_too_many})
            co_await ends.first.send(1);
        auto receive = [&]() -> async<> { static_cast<void>(co_await ends.second.receive()); };
        const int received = co_await completed(receive, step_budget);
        EXPECT_LE(received, 2 * step_budget);
        EXPECT_EQ(ends.first.statistics().buffered,
                  static_cast<std::size_t>(far_too_many - received));
    });
}

TEST(budget, ends_receives_of_a_broadcast_and_skips_no_value) {
    patio::testing::run([]() -> async<> {
        auto ends = patio::broadcast<int>(far_too_many);
        for (int i = 0; i < far_too_many; ++i)
            ends.first.send(i);
        std::vector<int> seen;
        auto once = [&]() -> async<> {
            auto item = co_await ends.second.receive();
            seen.push_back(*item);
        };
        const int count = co_await completed(once, step_budget);
        EXPECT_LE(count, 2 * step_budget);
        const auto next = ends.second.try_receive();
        EXPECT_EQ(seen.back(), count - 1);
        EXPECT_TRUE(next && **next == count);
    });
}

TEST(budget, ends_looks_at_a_watch_without_senders_and_receives_of_oneshots) {
    patio::testing::run([]() -> async<> {
        auto watched = patio::watch<int>(1);
        { const auto gone = std::move(watched.first); }
        auto look = [&]() -> async<> { static_cast<void>(co_await watched.second.changed()); };
        co_await expect_bounded(look);
        auto receive = []() -> async<> {
            auto ends = patio::oneshot<int>();
            std::move(ends.first).send(7);
            const int value = co_await ends.second.receive();
            EXPECT_EQ(value, 7);
        };
        co_await expect_bounded(receive);
    });
}

// --- an operation is used up by awaiting it, but one that is awaited again is not confused

TEST(budget, does_not_confuse_an_acquire_that_is_awaited_again) {
    patio::testing::run([]() -> async<> {
        patio::semaphore permits{2};
        auto operation = permits.acquire();
        auto all = co_await permits.acquire(2);
        const auto giver = patio::create_task([&]() -> async<> {
            all.release();
            co_return;
        });
        auto first = co_await operation;
        auto second = co_await operation;
        EXPECT_EQ(permits.available(), 0U);
        first.release();
        second.release();
        EXPECT_EQ(permits.available(), 2U);
    });
}

TEST(budget, does_not_confuse_a_barrier_wait_that_is_awaited_again) {
    patio::testing::run([]() -> async<> {
        patio::barrier both{2};
        auto operation = both.wait();
        auto wait = [&]() -> async<> { co_await both.wait(); };
        const auto first = patio::create_task(wait);
        const auto second = patio::create_task(wait);
        for (int round = 0; round < 2; ++round)
            co_await operation;
        co_await patio::yield();
        EXPECT_TRUE(first.done() && second.done());
    });
}

}  // namespace
