// SPDX-License-Identifier: MIT

#include <patio/core/channel/channel.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::channel;
using patio::channel_receiver;
using patio::channel_sender;

async<> join(patio::task<> consumer) {
    try {
        co_await consumer;
    } catch (const patio::task_cancelled&) {
        // It has ended, that is all that matters.
    }
}

/// Whether one consumer has got the items of each producer in the order in which they were sent.
bool is_in_order(const std::vector<int>& received) {
    std::vector<int> last(3, -1);
    for (const int item : received) {
        const auto producer = static_cast<std::size_t>(item / 100);
        if (item <= last[producer]) return false;
        last[producer] = item;
    }
    return true;
}

/// Producers and consumers that are cancelled at random.
async<> rush(std::uint64_t seed, std::size_t capacity) {
    std::mt19937_64 random{seed};
    auto [first_sender, first_receiver] = channel<int>(capacity);
    std::vector<int> sent;
    std::vector<std::vector<int>> received(4);
    auto produce = [&](channel_sender<int> end, int base) -> async<> {
        for (int i = 0; i < 10; ++i) {
            co_await end.send(base + i);
            sent.push_back(base + i);  // also if it is being cancelled: the item was sent
            if (i % 3 == 0) co_await patio::yield();
        }
    };
    auto consume = [&](channel_receiver<int> end, std::vector<int>& mine) -> async<> {
        while (const auto item = co_await end.receive()) {
            mine.push_back(*item);
            if (*item % 2 == 0) co_await patio::yield();
        }
    };
    std::vector<patio::task<>> producers;
    std::vector<patio::task<>> consumers;
    for (std::size_t i = 0; i < 3; ++i) {
        producers.push_back(patio::create_task(produce, first_sender, static_cast<int>(100 * i)));
        consumers.push_back(patio::create_task(consume(first_receiver, received[i])));
    }
    first_sender.close();
    for (int i = 0; i < 3; ++i) {
        const auto turns = random() % 4;
        for (std::uint64_t t = 0; t < turns; ++t)
            co_await patio::yield();
        if (random() % 2 == 0) producers[random() % 3].cancel();
        if (random() % 2 == 0) consumers[random() % 3].cancel();
    }
    co_await consume(std::move(first_receiver), received[3]);  // what the cancelled ones have left
    std::vector<int> all;
    for (std::size_t i = 0; i < 4; ++i) {
        if (i < 3) co_await join(consumers[i]);
        EXPECT_TRUE(is_in_order(received[i]));
        all.insert(all.end(), received[i].begin(), received[i].end());
    }
    std::sort(all.begin(), all.end());
    std::sort(sent.begin(), sent.end());
    EXPECT_EQ(all, sent) << "lost or duplicated";
}

TEST(channel, loses_and_duplicates_nothing_in_whatever_order_tasks_run) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        patio::testing::run(rush(seed, seed % 4), patio::testing::run_options{}.shuffle(seed));
    }
}

}  // namespace
