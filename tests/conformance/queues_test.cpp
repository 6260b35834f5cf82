// SPDX-License-Identifier: MIT

// Cases of CPython's test_queues, by their names there, for each kind of queue. The comment says
// what Patio does otherwise, if it does.

#include <patio/core/sync/lifo_queue.hpp>
#include <patio/core/sync/priority_queue.hpp>
#include <patio/core/sync/queue.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace {

using conformance::settle;
using patio::async;
using patio::queue_shut_down;
using patio::shutdown_mode;

/// Runs `operation` and says whether it failed because the queue was shut down.
template <class Operation>
async<bool> is_refused(Operation operation) {
    bool was_refused = false;
    try {
        static_cast<void>(co_await std::move(operation));
    } catch (const queue_shut_down&) {
        was_refused = true;
    }
    co_return was_refused;
}

template <class Queue>
async<> put(Queue& q, int item) {
    co_await q.put(item);
}

template <class Queue>
async<int> get(Queue& q) {
    co_return co_await q.get();
}

template <class Queue>
async<> expect_shut_down(Queue& q) {
    const bool put_was_refused = co_await is_refused(put(q, 7));
    EXPECT_TRUE(put_was_refused);
    EXPECT_THROW(static_cast<void>(q.try_put(7)), queue_shut_down);
    const bool get_was_refused = co_await is_refused(get(q));
    EXPECT_TRUE(get_was_refused);
    EXPECT_THROW(static_cast<void>(q.try_get()), queue_shut_down);
}

// --- _QueueJoinTestMixin

template <class Queue>
class queue_join_test_mixin : public testing::Test {};

using kinds = testing::Types<patio::queue<int>, patio::lifo_queue<int>, patio::priority_queue<int>>;
TYPED_TEST_SUITE(queue_join_test_mixin, kinds);

TYPED_TEST(queue_join_test_mixin, test_task_done_underflow) {
    TypeParam q{patio::unbounded};
    EXPECT_THROW(q.task_done(), patio::usage_error);
}

TYPED_TEST(queue_join_test_mixin, test_task_done) {
    patio::testing::run([]() -> async<> {
        TypeParam q{patio::unbounded};
        for (int i = 0; i < 100; ++i)
            EXPECT_TRUE(q.try_put(i));
        int accumulator = 0;
        bool is_running = true;
        const auto worker = [&]() -> async<> {
            while (is_running) {
                const int item = co_await q.get();
                accumulator += item;
                co_await patio::yield();
                q.task_done();
            }
        };
        auto first = patio::create_task(worker);
        auto second = patio::create_task(worker);
        co_await q.join();
        EXPECT_EQ(accumulator, 99 * 100 / 2);
        is_running = false;  // both wait for an item
        for (int i = 0; i < 2; ++i)
            EXPECT_TRUE(q.try_put(0));
        co_await settle();
        EXPECT_TRUE(first.done());
        EXPECT_TRUE(second.done());
    });
}

TYPED_TEST(queue_join_test_mixin, test_join_empty_queue) {
    patio::testing::run([]() -> async<> {
        TypeParam q{patio::unbounded};
        co_await q.join();
        co_await q.join();
    });
}

// --- _QueueShutdownTestMixin

template <class Queue>
class queue_shutdown_test_mixin : public testing::Test {};

TYPED_TEST_SUITE(queue_shutdown_test_mixin, kinds);

TYPED_TEST(queue_shutdown_test_mixin, test_shutdown_empty) {
    patio::testing::run([]() -> async<> {
        TypeParam q{patio::unbounded};
        auto getting = patio::create_task(is_refused(get(q)));
        co_await settle();
        q.shutdown();
        EXPECT_EQ(q.size(), 0U);
        co_await q.join();
        const bool was_refused = co_await getting;
        EXPECT_TRUE(was_refused);
        co_await expect_shut_down(q);
    });
}

TYPED_TEST(queue_shutdown_test_mixin, test_shutdown_nonempty) {
    patio::testing::run([]() -> async<> {
        TypeParam q{1};
        EXPECT_TRUE(q.try_put(1));
        auto joining = patio::create_task([&]() -> async<> { co_await q.join(); });
        auto putting = patio::create_task(is_refused(put(q, 2)));
        co_await settle();
        EXPECT_FALSE(putting.done());
        q.shutdown();
        EXPECT_EQ(q.size(), 1U);
        const bool was_refused = co_await putting;
        EXPECT_TRUE(was_refused);
        const int item = co_await q.get();
        EXPECT_EQ(item, 1);
        co_await settle();
        EXPECT_FALSE(joining.done());
        co_await expect_shut_down(q);
        q.task_done();
        co_await settle();
        EXPECT_TRUE(joining.done());
        EXPECT_THROW(q.task_done(), patio::usage_error);
    });
}

TYPED_TEST(queue_shutdown_test_mixin, test_shutdown_immediate) {
    patio::testing::run([]() -> async<> {
        TypeParam q{patio::unbounded};
        EXPECT_TRUE(q.try_put(1));
        auto joining = patio::create_task([&]() -> async<> { co_await q.join(); });
        co_await settle();
        EXPECT_FALSE(joining.done());
        q.shutdown(shutdown_mode::immediate);
        EXPECT_EQ(q.size(), 0U);
        co_await settle();
        EXPECT_TRUE(joining.done());
        co_await expect_shut_down(q);
        EXPECT_THROW(q.task_done(), patio::usage_error);
    });
}

TYPED_TEST(queue_shutdown_test_mixin, test_shutdown_immediate_with_unfinished) {
    patio::testing::run([]() -> async<> {
        TypeParam q{patio::unbounded};
        EXPECT_TRUE(q.try_put(1));
        EXPECT_TRUE(q.try_put(1));
        auto joining = patio::create_task([&]() -> async<> { co_await q.join(); });
        const int item = co_await q.get();
        EXPECT_EQ(item, 1);
        q.shutdown(shutdown_mode::immediate);
        EXPECT_EQ(q.size(), 0U);
        co_await settle();
        EXPECT_FALSE(joining.done());
        co_await expect_shut_down(q);
        q.task_done();
        EXPECT_THROW(q.task_done(), patio::usage_error);
        co_await settle();
        EXPECT_TRUE(joining.done());
    });
}

}  // namespace
