// SPDX-License-Identifier: MIT

#include <patio/core/channel/broadcast.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::broadcast;
using patio::broadcast_receiver;
using patio::broadcast_sender;
using patio::channel_closed;

/// Everything that a receiver gets: values, and "-n" for n that were missed.
async<> follow(broadcast_receiver<int> receiver, std::vector<int>& seen) {
    while (auto item = co_await receiver.receive()) {
        seen.push_back(item.missed() > 0 ? -static_cast<int>(item.missed()) : *item);
    }
}

async<> send_range(broadcast_sender<int> sender, int first, int last) {
    for (int i = first; i <= last; ++i) {
        sender.send(i);
        co_await patio::yield();
    }
}

TEST(broadcast, gives_every_value_to_every_receiver) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(4);
        std::vector<int> one;
        std::vector<int> two;
        auto first = follow(receiver, one);
        auto second = follow(std::move(receiver), two);
        auto sending = send_range(std::move(sender), 1, 5);
        co_await patio::gather(std::move(first), std::move(second), std::move(sending));
        EXPECT_EQ(one, (std::vector{1, 2, 3, 4, 5}));
        EXPECT_EQ(two, one);
    });
}

TEST(broadcast, gives_what_is_there_without_a_turn) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(4);
        EXPECT_FALSE(receiver.try_receive().has_value());
        EXPECT_EQ(sender.send(1), 1U);
        EXPECT_EQ(sender.send(2), 1U);
        const auto before = patio::testing::turn();
        const auto item = co_await receiver.receive();
        EXPECT_EQ(*item, 1);
        EXPECT_EQ(patio::testing::turn(), before);
        const auto next = receiver.try_receive();
        EXPECT_EQ(**next, 2);
        EXPECT_FALSE(receiver.try_receive().has_value());
    });
}

TEST(broadcast, tells_a_slow_receiver_how_many_it_has_missed) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(3);
        for (int i = 1; i <= 8; ++i)
            sender.send(i);
        auto item = co_await receiver.receive();
        EXPECT_TRUE(item);
        EXPECT_FALSE(item.has_value());
        EXPECT_EQ(item.missed(), 5U);
        std::uint64_t count = 0;
        try {
            static_cast<void>(*item);
        } catch (const patio::lagged& error) {
            count = error.count();
        }
        EXPECT_EQ(count, 5U);
        for (int i = 6; i <= 8; ++i) {
            item = co_await receiver.receive();
            EXPECT_EQ(*item, i);
        }
        EXPECT_FALSE(receiver.try_receive().has_value());
    });
}

TEST(broadcast, tells_a_receiver_that_lags_after_it_was_woken) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(2);
        std::vector<int> seen;
        const auto following = patio::create_task(follow(std::move(receiver), seen));
        co_await patio::yield();
        for (int i = 1; i <= 5; ++i)
            sender.send(i);
        sender.close();
        co_await following;
        EXPECT_EQ(seen, (std::vector{-3, 4, 5}));
    });
}

TEST(broadcast, ends_when_the_last_sender_is_gone_and_all_was_received) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(2);
        auto second = sender;
        sender.send(1);
        sender.close();
        second.send(2);
        second.close();
        std::vector<int> seen;
        co_await follow(receiver, seen);
        EXPECT_EQ(seen, (std::vector{1, 2}));
        const auto end = co_await receiver.receive();
        EXPECT_TRUE(end);  // the copy has received, this one has not
        auto item = co_await receiver.receive();
        item = co_await receiver.receive();
        EXPECT_FALSE(item);
        EXPECT_THROW(static_cast<void>(*item), channel_closed);
    });
}

TEST(broadcast, gives_a_new_receiver_what_is_sent_after_it_came) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(4);
        sender.send(1);
        auto late = sender.subscribe();
        EXPECT_EQ(sender.receiver_count(), 2U);
        EXPECT_EQ(sender.send(2), 2U);
        const auto first = co_await receiver.receive();
        EXPECT_EQ(*first, 1);
        const auto item = co_await late.receive();
        EXPECT_EQ(*item, 2);
    });
}

TEST(broadcast, gives_a_copy_of_a_receiver_what_that_has_not_received) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(4);
        for (int i = 1; i <= 3; ++i)
            sender.send(i);
        auto item = co_await receiver.receive();
        EXPECT_EQ(*item, 1);
        auto copy = receiver;
        for (int i = 2; i <= 3; ++i) {
            item = co_await copy.receive();
            EXPECT_EQ(*item, i);
            item = co_await receiver.receive();
            EXPECT_EQ(*item, i);
        }
    });
}

TEST(broadcast, destroys_a_value_when_all_have_received_it) {
    patio::testing::run([]() -> async<> {
        const auto value = std::make_shared<int>(1);
        auto [sender, receiver] = broadcast<std::shared_ptr<int>>(4);
        auto second = receiver;
        auto third = receiver;
        sender.send(value);
        EXPECT_EQ(value.use_count(), 2);
        static_cast<void>(co_await receiver.receive());
        static_cast<void>(co_await second.receive());
        EXPECT_EQ(value.use_count(), 2);
        third.close();
        EXPECT_EQ(value.use_count(), 1);
    });
}

TEST(broadcast, destroys_a_value_that_nobody_can_receive) {
    const auto value = std::make_shared<int>(1);
    auto [sender, receiver] = broadcast<std::shared_ptr<int>>(4);
    receiver.close();
    EXPECT_EQ(sender.send(value), 0U);
    EXPECT_EQ(value.use_count(), 1);
}

TEST(broadcast, does_not_let_a_value_go_that_could_not_be_copied) {
    struct fragile {
        int* throws_left;
        explicit fragile(int& count) noexcept : throws_left{&count} {}
        fragile(const fragile& other) : throws_left{other.throws_left} {
            if (--*throws_left >= 0) throw std::runtime_error{"cannot be copied"};
        }
        fragile(fragile&&) noexcept = default;
    };
    patio::testing::run([]() -> async<> {
        int throws_left = 1;
        auto [sender, receiver] = broadcast<fragile>(4);
        auto second = receiver;
        sender.send(fragile{throws_left});
        bool has_thrown = false;
        try {
            static_cast<void>(co_await receiver.receive());
        } catch (const std::runtime_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        const auto again = co_await receiver.receive();
        EXPECT_TRUE(again.has_value());
        const auto other = co_await second.receive();
        EXPECT_TRUE(other.has_value());
    });
}

TEST(broadcast, may_carry_its_own_senders) {
    struct letter {
        broadcast_sender<letter> reply;
    };
    auto [sender, receiver] = broadcast<letter>(2);
    for (int i = 0; i < 3; ++i)
        sender.send(letter{sender});
    sender.close();
    EXPECT_TRUE(receiver.try_receive().has_value());
    receiver.close();  // destroys the last senders, and with them the broadcast
}

TEST(broadcast, refuses_to_have_no_room) { EXPECT_THROW(broadcast<int>(0), patio::usage_error); }

TEST(broadcast, refuses_the_use_of_a_closed_end) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(1);
        sender.close();
        receiver.close();
        EXPECT_THROW(sender.send(1), channel_closed);
        EXPECT_THROW(static_cast<void>(receiver.try_receive()), channel_closed);
        bool has_thrown = false;
        try {
            static_cast<void>(co_await receiver.receive());
        } catch (const channel_closed&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
    });
}

TEST(broadcast, lets_one_task_wait_through_a_receiver) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(1);
        auto wait = [&end = receiver]() -> async<int> {
            const auto item = co_await end.receive();
            co_return *item;
        };
        const auto waiting = patio::create_task(wait);
        co_await patio::yield();
        bool has_thrown = false;
        try {
            static_cast<void>(co_await receiver.receive());
        } catch (const patio::usage_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        sender.send(1);
        const int value = co_await waiting;
        EXPECT_EQ(value, 1);
    });
}

TEST(broadcast, receiver_may_die_or_move_while_a_task_waits_through_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(1);
        auto wait = [](broadcast_receiver<int>& end) -> async<int> {
            try {
                const auto item = co_await end.receive();
                co_return *item;
            } catch (const channel_closed&) {
                co_return -1;
            }
        };
        auto first = patio::create_task(wait(receiver));
        co_await patio::yield();
        auto kept = std::make_unique<broadcast_receiver<int>>(std::move(receiver));
        sender.send(1);
        const int value = co_await first;
        EXPECT_EQ(value, 1);
        auto second = patio::create_task(wait(*kept));
        co_await patio::yield();
        kept.reset();
        const int closed = co_await second;
        EXPECT_EQ(closed, -1);
        EXPECT_EQ(sender.receiver_count(), 0U);
    });
}

TEST(broadcast, takes_nothing_when_the_wait_is_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = broadcast<int>(1);
        const auto item = co_await patio::move_on_after(1s, receiver.receive());
        EXPECT_FALSE(item.has_value());
        sender.send(1);
        const auto later = receiver.try_receive();
        EXPECT_EQ(**later, 1);
    });
}

async<> tell_everybody() {
    auto [sender, receiver] = broadcast<int>(16);
    std::vector<std::vector<int>> seen(3);
    auto one = follow(receiver, seen[0]);
    auto two = follow(receiver, seen[1]);
    auto three = follow(std::move(receiver), seen[2]);
    auto first = send_range(sender, 1, 5);
    auto second = send_range(std::move(sender), 11, 15);
    co_await patio::gather(std::move(one), std::move(two), std::move(three), std::move(first),
                           std::move(second));
    EXPECT_EQ(seen[0].size(), 10U);
    EXPECT_EQ(seen[1], seen[0]);
    EXPECT_EQ(seen[2], seen[0]);
}

TEST(broadcast, leaves_nothing_behind_wherever_a_task_is_cancelled) {
    EXPECT_GT(patio::testing::cancel_everywhere(tell_everybody), 5U);
}

TEST(broadcast, tells_everybody_the_same_in_whatever_order_tasks_run) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        patio::testing::run(tell_everybody(), patio::testing::run_options{}.shuffle(seed));
    }
}

}  // namespace
