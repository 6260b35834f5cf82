// SPDX-License-Identifier: MIT

#include <patio/core/sync/priority_queue.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::priority_queue;

/// An order with a place to start from: the values from `start` on come first.
struct from {
    explicit from(int s) : start{s} {}
    bool operator()(int a, int b) const noexcept {
        return std::pair{a < start, a} < std::pair{b < start, b};
    }
    int start;
};

struct by_length {
    bool operator()(const std::string& a, const std::string& b) const noexcept {
        return a.size() < b.size();
    }
};

TEST(priority_queue, gives_the_smallest_item_first) {
    patio::testing::run([]() -> async<> {
        priority_queue<int> q{10};
        for (const int i : {5, 1, 4, 1, 3})
            co_await q.put(i);
        std::vector<int> got;
        while (!q.empty()) {
            const int item = co_await q.get();
            got.push_back(item);
        }
        EXPECT_EQ(got, (std::vector{1, 1, 3, 4, 5}));
    });
}

TEST(priority_queue, keeps_the_order_of_equal_items) {
    priority_queue<std::string, by_length> q{patio::unbounded};
    for (const char* word : {"dd", "a", "ee", "b", "ff", "c"})
        EXPECT_TRUE(q.try_put(word));
    std::string got;
    while (auto word = q.try_get())
        got += *word;
    EXPECT_EQ(got, "abcddeeff");
}

TEST(priority_queue, sorts_stably_whatever_comes_and_goes) {
    std::mt19937 random{7};
    priority_queue<std::string, by_length> q{patio::unbounded};
    std::vector<std::string> model;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 5 < 3) {
            std::string item(random() % 10 + 1, static_cast<char>('a' + step % 26));
            model.push_back(item);
            EXPECT_TRUE(q.try_put(std::move(item)));
        } else if (!model.empty()) {
            const auto first = std::min_element(model.begin(), model.end(), by_length{});
            EXPECT_EQ(q.try_get(), *first);
            model.erase(first);
        }
    }
    EXPECT_EQ(q.size(), model.size());
}

TEST(priority_queue, asks_the_comparison_that_it_was_given) {
    priority_queue<int, from> q{10, from{5}};
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(q.try_put(i));
    EXPECT_EQ(q.try_get(), 5);
    for (int i = 0; i < 5; ++i)
        static_cast<void>(q.try_get());
    EXPECT_EQ(q.try_get(), 1);
    priority_queue<int, from> unlimited{patio::unbounded, from{1}};
    for (const int i : {0, 2, 1})
        EXPECT_TRUE(unlimited.try_put(i));
    EXPECT_EQ(unlimited.try_get(), 1);
}

TEST(priority_queue, sorts_what_can_only_be_moved) {
    struct longer {
        bool operator()(const std::unique_ptr<int>& a, const std::unique_ptr<int>& b) const {
            return *a > *b;
        }
    };
    priority_queue<std::unique_ptr<int>, longer> q{4};
    for (const int i : {2, 3, 1})
        EXPECT_TRUE(q.try_put(std::make_unique<int>(i)));
    EXPECT_EQ(**q.try_get(), 3);
}

TEST(priority_queue, lets_an_item_that_waited_for_room_take_part_when_it_comes_in) {
    patio::testing::run([]() -> async<> {
        priority_queue<int> q{2};
        auto put_all = [&]() -> async<> {
            for (const int i : {5, 6, 1})
                co_await q.put(i);
        };
        auto putting = patio::create_task(put_all());
        co_await patio::yield();
        EXPECT_EQ(q.try_get(), 5);
        EXPECT_EQ(q.try_get(), 1);
        co_await putting;
        EXPECT_EQ(q.try_get(), 6);
    });
}

TEST(priority_queue, loses_no_item_wherever_a_consumer_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        priority_queue<int> q{2};
        std::vector<int> got;
        auto consumer = [&]() -> async<> {
            while (auto item = co_await q.next()) {
                got.push_back(*item);
                co_await patio::yield();
            }
        };
        auto producer = [&]() -> async<> {
            for (int i = 6; i >= 1; --i)
                co_await q.put(i);
            q.shutdown();
        };
        co_await patio::gather(probe.cancelled(consumer()), consumer(), producer());
        std::sort(got.begin(), got.end());
        EXPECT_EQ(got, (std::vector{1, 2, 3, 4, 5, 6}));
    });
}

}  // namespace
