// SPDX-License-Identifier: MIT

#include <patio/core/sync/lifo_queue.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::lifo_queue;

TEST(lifo_queue, gives_the_newest_item_first) {
    patio::testing::run([]() -> async<> {
        lifo_queue<int> q{100};
        for (int i = 0; i < 100; ++i)
            co_await q.put(i);
        EXPECT_TRUE(q.full());
        for (int i = 99; i >= 0; --i) {
            const int item = co_await q.get();
            EXPECT_EQ(item, i);
        }
        EXPECT_TRUE(q.empty());
    });
}

TEST(lifo_queue, takes_in_an_item_that_waited_before_the_next_one_is_taken) {
    patio::testing::run([]() -> async<> {
        lifo_queue<int> q{2};
        auto put_all = [&]() -> async<> {
            for (int i = 1; i <= 4; ++i)
                co_await q.put(i);
        };
        auto putting = patio::create_task(put_all());
        co_await patio::yield();
        EXPECT_EQ(q.try_get(), 2);
        EXPECT_EQ(q.try_get(), 3);
        co_await putting;
        EXPECT_EQ(q.try_get(), 4);
        EXPECT_EQ(q.try_get(), 1);
    });
}

TEST(lifo_queue, destroys_the_items_that_are_left) {
    auto item = std::make_shared<int>(1);
    {
        lifo_queue<std::shared_ptr<int>> q{patio::unbounded};
        for (int i = 0; i < 20; ++i)
            EXPECT_TRUE(q.try_put(item));
        EXPECT_EQ(item.use_count(), 21);
    }
    EXPECT_EQ(item.use_count(), 1);
}

TEST(lifo_queue, loses_no_item_wherever_a_consumer_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        lifo_queue<int> q{2};
        std::vector<int> got;
        auto consumer = [&]() -> async<> {
            while (auto item = co_await q.next()) {
                got.push_back(*item);
                co_await patio::yield();
            }
        };
        auto producer = [&]() -> async<> {
            for (int i = 1; i <= 6; ++i)
                co_await q.put(i);
            q.shutdown();
        };
        co_await patio::gather(probe.cancelled(consumer()), consumer(), producer());
        std::sort(got.begin(), got.end());
        EXPECT_EQ(got, (std::vector{1, 2, 3, 4, 5, 6}));
    });
}

}  // namespace
