// SPDX-License-Identifier: MIT

#include <patio/core/channel/channel.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::channel;
using patio::channel_closed;
using patio::channel_receiver;
using patio::channel_sender;
using patio::duration;
using patio::task_group;
using patio::with_task_group;

async<> send_range(channel_sender<int> sender, int first, int last) {
    for (int i = first; i <= last; ++i)
        co_await sender.send(i);
}

async<> receive_all(channel_receiver<int> receiver, std::vector<int>& received) {
    while (const auto item = co_await receiver.receive())
        received.push_back(*item);
}

/// The text of the channel_closed that `operation` throws, or "" if it throws nothing.
template <class A>
async<std::string> closed_text(A operation) {
    std::string text;
    try {
        static_cast<void>(co_await std::move(operation));
    } catch (const channel_closed& error) {
        text = error.what();
    }
    co_return text;
}

TEST(channel, carries_items_until_the_last_sender_is_gone) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(2);
        std::vector<int> received;
        auto producer = send_range(std::move(sender), 1, 10);
        auto consumer = receive_all(std::move(receiver), received);
        co_await patio::gather(std::move(producer), std::move(consumer));
        EXPECT_EQ(received, (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    });
}

TEST(channel, takes_no_turn_while_there_is_room_and_there_are_items) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(3);
        const auto before = patio::testing::turn();
        for (int i = 0; i < 3; ++i)
            co_await sender.send(i);
        for (int i = 0; i < 3; ++i) {
            const auto item = co_await receiver.receive();
            EXPECT_EQ(item, i);
        }
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(channel, lets_a_sender_wait_while_it_is_full) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        co_await sender.send(1);
        const bool was_sent = co_await patio::move_on_after(1s, sender.send(2));
        EXPECT_FALSE(was_sent);
        const auto first = co_await receiver.receive();
        EXPECT_EQ(first, 1);
        EXPECT_FALSE(receiver.try_receive().has_value()) << "the cut send has sent";
    });
}

TEST(channel, without_capacity_hands_over_from_task_to_task) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        std::string order;
        EXPECT_FALSE(sender.try_send(0));
        auto send = [&]() -> async<> {
            co_await sender.send(1);
            order += "sent ";
        };
        auto receive = [&]() -> async<> {
            co_await patio::sleep(1s);
            order += "receives ";
            const auto item = co_await receiver.receive();
            EXPECT_EQ(item, 1);
            order += "received ";
        };
        co_await patio::gather(send(), receive());
        EXPECT_EQ(order, "receives received sent ");
    });
}

TEST(channel, without_capacity_hands_over_to_a_waiting_receiver) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto receive = [&]() -> async<int> {
            const auto item = co_await receiver.receive();
            co_return item.value_or(0);
        };
        auto waiting = patio::create_task(receive);
        co_await patio::yield();
        EXPECT_TRUE(sender.try_send(7));
        const int item = co_await waiting;
        EXPECT_EQ(item, 7);
    });
}

TEST(channel, without_limit_never_lets_a_sender_wait) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(patio::unbounded);
        for (int i = 0; i < 1000; ++i)
            EXPECT_TRUE(sender.try_send(i));
        int sum = 0;
        while (const auto item = receiver.try_receive())
            sum += *item;
        EXPECT_EQ(sum, 499'500);
        co_return;
    });
}

TEST(channel, serves_senders_and_receivers_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        co_await sender.send(0);
        co_await with_task_group([&](task_group& group) -> async<> {
            for (int i = 1; i <= 3; ++i) {
                group.spawn([&end = sender, i]() -> async<> { co_await end.send(i); });
            }
            co_await patio::yield();
            for (int i = 0; i <= 3; ++i) {
                const auto item = co_await receiver.receive();
                EXPECT_EQ(item, i);
            }
            std::string order;
            auto receive = [&](char name) -> async<> {
                const auto item = co_await receiver.receive();
                order += name + std::to_string(item.value_or(0));
            };
            group.spawn(receive, 'a');
            group.spawn(receive, 'b');
            co_await patio::yield();
            co_await sender.send(1);
            co_await sender.send(2);
            co_await patio::yield();
            EXPECT_EQ(order, "a1b2");
        });
    });
}

TEST(channel, carries_items_that_can_only_be_moved) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::unique_ptr<int>>(0);
        auto send = [&]() -> async<> { co_await sender.send(std::make_unique<int>(5)); };
        auto receive = [&]() -> async<int> {
            const auto item = co_await receiver.receive();
            co_return item.has_value() ? **item : 0;
        };
        auto [sent, received] = co_await patio::gather(send(), receive());
        EXPECT_EQ(received, 5);
    });
}

TEST(channel, leaves_an_item_alone_that_could_not_be_sent) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::unique_ptr<int>>(1);
        auto first = std::make_unique<int>(1);
        auto second = std::make_unique<int>(2);
        EXPECT_TRUE(sender.try_send(std::move(first)));
        EXPECT_FALSE(sender.try_send(std::move(second)));
        EXPECT_NE(second, nullptr);
        co_return;
    });
}

TEST(channel, does_not_starve_others_while_it_is_always_ready) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        bool has_other_run = false;
        const auto other = patio::create_task([&]() -> async<> {
            has_other_run = true;
            co_return;
        });
        for (int i = 0; i < 1000 && !has_other_run; ++i) {
            co_await sender.send(i);
            const auto item = co_await receiver.receive();
            EXPECT_EQ(item, i);
        }
        EXPECT_TRUE(has_other_run);
    });
}

// --- closing

TEST(channel, gives_what_is_left_after_the_last_sender_has_closed_and_then_nothing) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(4);
        auto second = sender;
        co_await sender.send(1);
        sender.close();
        sender.close();
        EXPECT_TRUE(sender.is_closed());
        EXPECT_TRUE(receiver.has_senders());
        co_await second.send(2);
        second.close();
        EXPECT_FALSE(receiver.has_senders());
        auto item = co_await receiver.receive();
        EXPECT_EQ(item, 1);
        item = co_await receiver.receive();
        EXPECT_EQ(item, 2);
        item = co_await receiver.receive();
        EXPECT_FALSE(item.has_value());
        item = co_await receiver.receive();
        EXPECT_FALSE(item.has_value());
    });
}

TEST(channel, wakes_waiting_receivers_when_the_last_sender_closes) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        std::vector<int> received;
        auto close = [](channel_sender<int> last) -> async<> {
            co_await patio::sleep(1s);
            last.close();
        };
        auto one = receive_all(receiver, received);
        auto two = receive_all(receiver, received);
        auto closing = close(std::move(sender));
        co_await patio::gather(std::move(one), std::move(two), std::move(closing));
        EXPECT_TRUE(received.empty());
    });
}

TEST(channel, refuses_to_send_when_the_last_receiver_has_closed) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        auto clone = receiver;
        receiver.close();
        EXPECT_TRUE(sender.has_receivers());
        clone.close();
        EXPECT_FALSE(sender.has_receivers());
        const std::string text = co_await closed_text(sender.send(1));
        EXPECT_NE(text.find("nobody is left to receive"), std::string::npos) << text;
        EXPECT_THROW(static_cast<void>(sender.try_send(1)), channel_closed);
    });
}

TEST(channel, tells_waiting_senders_when_the_last_receiver_closes) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto waiting = patio::create_task(closed_text(sender.send(1)));
        co_await patio::yield();
        receiver.close();
        const std::string text = co_await waiting;
        EXPECT_NE(text.find("nobody is left to receive"), std::string::npos) << text;
    });
}

TEST(channel, refuses_the_use_of_a_closed_end) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        auto other_sender = sender;
        auto other_receiver = receiver;
        sender.close();
        receiver.close();
        std::string text = co_await closed_text(sender.send(1));
        EXPECT_NE(text.find("this end of the channel was closed"), std::string::npos) << text;
        text = co_await closed_text(receiver.receive());
        EXPECT_NE(text.find("this end of the channel was closed"), std::string::npos) << text;
        EXPECT_THROW(static_cast<void>(sender.try_send(1)), channel_closed);
        EXPECT_THROW(static_cast<void>(receiver.try_receive()), channel_closed);
        EXPECT_THROW(static_cast<void>(sender.statistics()), channel_closed);
        co_await other_sender.send(2);
        const auto item = co_await other_receiver.receive();
        EXPECT_EQ(item, 2);
    });
}

TEST(channel, copies_of_closed_ends_are_closed) {
    auto [sender, receiver] = channel<int>(1);
    sender.close();
    receiver.close();
    const auto second_sender = sender;
    const auto second_receiver = receiver;
    EXPECT_TRUE(second_sender.is_closed());
    EXPECT_TRUE(second_receiver.is_closed());
}

TEST(channel, tells_only_those_who_wait_through_the_end_that_closes) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto second = receiver;
        auto one = patio::create_task(closed_text(receiver.receive()));
        auto two = patio::create_task(closed_text(second.receive()));
        co_await patio::yield();
        EXPECT_EQ(sender.statistics().receivers_waiting, 2U);
        receiver.close();
        const std::string text = co_await one;
        EXPECT_NE(text.find("this end of the channel was closed"), std::string::npos) << text;
        EXPECT_FALSE(two.done());
        co_await sender.send(1);
        const std::string nothing = co_await two;
        EXPECT_EQ(nothing, "");
    });
}

TEST(channel, end_may_die_while_a_task_waits_through_it) {
    patio::testing::run([]() -> async<> {
        auto ends = std::make_unique<std::pair<channel_sender<int>, channel_receiver<int>>>(
            channel<int>(0));
        auto receiving = patio::create_task(closed_text(ends->second.receive()));
        co_await patio::yield();
        ends.reset();
        const std::string text = co_await receiving;
        EXPECT_NE(text, "");
    });
}

TEST(channel, end_may_move_while_a_task_waits_through_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto receive = [&]() -> async<int> {
            const auto item = co_await receiver.receive();
            co_return item.value_or(0);
        };
        auto receiving = patio::create_task(receive);
        co_await patio::yield();
        auto moved = std::move(receiver);
        co_await sender.send(3);
        const int item = co_await receiving;
        EXPECT_EQ(item, 3);
        auto waiting = patio::create_task(closed_text(moved.receive()));
        co_await patio::yield();
        moved = channel<int>(0).second;
        const std::string text = co_await waiting;
        EXPECT_NE(text, "");
    });
}

/// Counts how many are alive.
class counted {
public:
    explicit counted(int& alive) noexcept : alive_{&alive} { ++*alive_; }
    counted(const counted& other) noexcept : alive_{other.alive_} { ++*alive_; }
    counted(counted&& other) noexcept : alive_{other.alive_} { ++*alive_; }
    counted& operator=(const counted&) noexcept = default;
    ~counted() { --*alive_; }

private:
    int* alive_;
};

TEST(channel, destroys_what_is_in_it_with_the_last_receiver) {
    int alive = 0;
    auto [sender, receiver] = channel<counted>(4);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(sender.try_send(counted{alive}));
    EXPECT_EQ(alive, 3);
    receiver.close();
    EXPECT_EQ(alive, 0);
}

TEST(channel, may_carry_its_own_ends) {
    struct letter;
    struct letter {
        channel_sender<letter> reply;
        channel_receiver<letter> source;
    };
    auto [sender, receiver] = channel<letter>(4);
    {
        letter both{sender, channel_receiver<letter>{}};
        EXPECT_TRUE(sender.try_send(std::move(both)));
    }
    sender.close();
    EXPECT_TRUE(receiver.has_senders());  // it is in the channel
    receiver.close();                     // destroys the sender, and with it the channel
}

TEST(channel, counts_what_is_in_it_and_who_is_at_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(2);
        auto second = sender;
        co_await sender.send(1);
        co_await sender.send(2);
        auto waiting = patio::create_task(send_range(second, 3, 3));
        co_await patio::yield();
        const auto statistics = receiver.statistics();
        EXPECT_EQ(statistics.buffered, 2U);
        EXPECT_EQ(statistics.capacity, 2U);
        EXPECT_EQ(statistics.senders, 3U);
        EXPECT_EQ(statistics.receivers, 1U);
        EXPECT_EQ(statistics.senders_waiting, 1U);
        EXPECT_EQ(statistics.receivers_waiting, 0U);
        EXPECT_TRUE(second.is_connected_to(receiver));
        EXPECT_FALSE(second.is_connected_to(channel<int>(1).second));
        const auto item = co_await receiver.receive();
        EXPECT_EQ(item, 1);
        co_await waiting;
        EXPECT_EQ(sender.statistics().buffered, 2U);
    });
}

// --- cancellation

TEST(channel, delivers_an_item_that_was_handed_over_before_the_cancellation) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        std::optional<int> received;
        auto receive = [&]() -> async<> {
            received = co_await receiver.receive();
            co_await patio::sleep(1h);
        };
        const auto task = patio::create_task(receive);
        co_await patio::yield();
        EXPECT_TRUE(sender.try_send(4));
        task.cancel();
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
        EXPECT_EQ(received, 4);
    });
}

TEST(channel, forgets_a_receiver_that_was_cancelled_before_the_item_came) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        const auto task = patio::create_task(closed_text(receiver.receive()));
        co_await patio::yield();
        task.cancel();
        EXPECT_FALSE(sender.try_send(4));
        co_await patio::yield();
        EXPECT_EQ(sender.statistics().receivers_waiting, 0U);
    });
}

TEST(channel, does_not_send_the_item_of_a_sender_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        const auto task = patio::create_task(send_range(sender, 1, 1));
        co_await patio::yield();
        task.cancel();
        EXPECT_FALSE(receiver.try_receive().has_value());
        co_await patio::yield();
        EXPECT_FALSE(receiver.try_receive().has_value());
    });
}

TEST(channel, does_nothing_for_a_task_that_is_cancelled_already) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto send = [&]() -> async<> {
            patio::current_task().cancel();
            co_await sender.send(1);
        };
        const auto task = patio::create_task(send);
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
        EXPECT_FALSE(receiver.try_receive().has_value());
    });
}

TEST(channel, completes_what_needs_no_wait_in_a_task_that_is_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        auto send = [&]() -> async<> {
            patio::current_task().cancel();
            co_await sender.send(1);
        };
        co_await patio::create_task(send);
        EXPECT_EQ(receiver.try_receive(), 1);
    });
}

TEST(channel, throws_in_a_throwing_scope) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        int caught = 0;
        auto body = [&]() -> async<> {
            try {
                static_cast<void>(co_await receiver.receive());
            } catch (const patio::cancelled&) {
                ++caught;
                throw;
            }
        };
        const bool is_whole = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(is_whole);
        EXPECT_EQ(caught, 1);
        EXPECT_FALSE(sender.try_send(1));
    });
}

TEST(channel, that_nobody_can_serve_is_a_deadlock) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run_options options;
    options.keep_reports(reports);
    const auto stuck = []() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        static_cast<void>(co_await receiver.receive());
    };
    EXPECT_THROW(patio::testing::run(stuck, options), patio::deadlock);
}

TEST(channel, leaves_nothing_behind_wherever_a_task_is_cancelled) {
    for (const std::size_t capacity : {0U, 1U, 3U}) {
        const auto body = [capacity]() -> async<> {
            int alive = 0;
            {
                auto [sender, receiver] = channel<counted>(capacity);
                auto send = [&alive](channel_sender<counted> end) -> async<> {
                    for (int i = 0; i < 4; ++i)
                        co_await end.send(counted{alive});
                };
                auto receive = [](channel_receiver<counted> end) -> async<> {
                    while (const auto item = co_await end.receive())
                        co_await patio::yield();
                };
                auto sending = send(std::move(sender));
                auto receiving = receive(std::move(receiver));
                co_await patio::gather(std::move(sending), std::move(receiving));
            }
            EXPECT_EQ(alive, 0);
        };
        EXPECT_GT(patio::testing::cancel_everywhere(body), 4U);
    }
}

}  // namespace
