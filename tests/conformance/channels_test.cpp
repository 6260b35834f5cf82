// SPDX-License-Identifier: MIT

// Cases of trio's test_channel, and of anyio's tests of memory object streams, by their names
// there. The comment says what Patio does otherwise, if it does.

#include <patio/core/channel/channel.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
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
using patio::time_point;
using patio::with_task_group;

constexpr const char* none_receives = "the channel is closed: nobody is left to receive";
constexpr const char* end_is_closed = "this end of the channel was closed or moved from";

/// On virtual time: goes on when every other task waits.
auto all_tasks_blocked() { return patio::sleep(duration::nanoseconds(1)); }

/// Sends; gives the text of the channel_closed that this throws, or "sent".
async<std::string> send_through(channel_sender<std::string>& sender, std::string item) {
    std::string text = "sent";
    try {
        co_await sender.send(std::move(item));
    } catch (const channel_closed& error) {
        text = error.what();
    }
    co_return text;
}

/// Receives; gives the item, "(end)", or the text of the channel_closed that this throws.
async<std::string> receive_through(channel_receiver<std::string>& receiver) {
    std::string text = "(end)";
    try {
        auto item = co_await receiver.receive();
        if (item) text = std::move(*item);
    } catch (const channel_closed& error) {
        text = error.what();
    }
    co_return text;
}

// --- trio

TEST(test_channel_fairness, lets_one_take_back_what_one_has_sent_while_nobody_waits) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        EXPECT_TRUE(sender.try_send(1));
        EXPECT_EQ(receiver.try_receive(), 1);
        EXPECT_TRUE(sender.try_send(2));
        EXPECT_EQ(receiver.try_receive(), 2);
        co_return;
    });
}

TEST(test_channel_fairness, gives_the_item_to_the_receiver_that_waits) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        std::optional<int> result;
        auto do_receive = [&]() -> async<> { result = co_await receiver.receive(); };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(do_receive);
            co_await all_tasks_blocked();
            EXPECT_TRUE(sender.try_send(2));
            EXPECT_FALSE(result) << "the receiver runs in the next turn";
            EXPECT_FALSE(receiver.try_receive()) << "but the item is its own already";
        });
        EXPECT_EQ(result, 2);
    });
}

TEST(test_channel_fairness, gives_the_place_to_the_sender_that_waits) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(1);
        EXPECT_TRUE(sender.try_send(1));
        EXPECT_FALSE(sender.try_send(0));
        auto do_send = [&]() -> async<> { co_await sender.send(2); };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(do_send);
            co_await all_tasks_blocked();
            EXPECT_EQ(receiver.try_receive(), 1);
            EXPECT_FALSE(sender.try_send(3)) << "the sender that waited has the place";
            const auto item = co_await receiver.receive();
            EXPECT_EQ(item, 2);
        });
    });
}

TEST(test_unbuffered, hands_over_from_task_to_task_and_holds_nothing) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        EXPECT_FALSE(receiver.try_receive());
        EXPECT_FALSE(sender.try_send(1));
        std::uint64_t turns_of_sender = 0;
        auto do_send = [&]() -> async<> {
            const auto before = patio::testing::turn();
            co_await sender.send(1);
            turns_of_sender = patio::testing::turn() - before;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(do_send);
            const auto before = patio::testing::turn();
            const auto item = co_await receiver.receive();
            EXPECT_EQ(item, 1);
            EXPECT_GT(patio::testing::turn(), before) << "the receiver had to wait";
        });
        // The receiver waited already. A send that need not wait takes no turn: only what waits is
        // a checkpoint.
        EXPECT_EQ(turns_of_sender, 0U);
        EXPECT_FALSE(receiver.try_receive());
    });
}

TEST(test_unbuffered, lets_the_sender_wait_until_somebody_receives) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<int>(0);
        auto do_send = [&]() -> async<> {
            co_await sender.send(1);
            EXPECT_EQ(patio::now(), time_point{1s});
        };
        const auto sending = patio::create_task(do_send);
        co_await patio::sleep(1s);
        EXPECT_FALSE(sending.done());
        const auto item = co_await receiver.receive();
        EXPECT_EQ(item, 1);
        EXPECT_FALSE(sending.done()) << "it goes on in the next turn";
        co_await sending;
        EXPECT_EQ(patio::now(), time_point{1s});
    });
}

TEST(test_close_multiple_send_handles, wakes_only_those_who_send_through_the_closed_one) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        channel_sender<std::string>& first = sender;
        channel_sender<std::string> second = first;
        const auto will_close = patio::create_task(send_through(first, "nope"));
        const auto will_succeed = patio::create_task(send_through(second, "ok"));
        co_await all_tasks_blocked();
        first.close();
        const auto item = co_await receive_through(receiver);
        EXPECT_EQ(item, "ok");
        const std::string closed = co_await will_close;
        EXPECT_EQ(closed, end_is_closed);
        const std::string sent = co_await will_succeed;
        EXPECT_EQ(sent, "sent");
    });
}

TEST(test_close_multiple_receive_handles, wakes_only_those_who_receive_through_the_closed_one) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        channel_receiver<std::string>& first = receiver;
        channel_receiver<std::string> second = first;
        const auto will_close = patio::create_task(receive_through(first));
        const auto will_succeed = patio::create_task(receive_through(second));
        co_await all_tasks_blocked();
        first.close();
        const auto sent = co_await send_through(sender, "ok");
        EXPECT_EQ(sent, "sent");
        const std::string closed = co_await will_close;
        EXPECT_EQ(closed, end_is_closed);
        const std::string item = co_await will_succeed;
        EXPECT_EQ(item, "ok");
    });
}

TEST(test_553, a_receive_that_timed_out_does_not_take_a_later_item) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        const auto item = co_await patio::move_on_after(10s, receiver.receive());
        EXPECT_FALSE(item);
        EXPECT_EQ(patio::now(), time_point{10s});
        const auto before = patio::testing::turn();
        const auto sent = co_await send_through(sender, "test for 553");
        EXPECT_EQ(sent, "sent");
        EXPECT_EQ(patio::testing::turn(), before) << "there is room";
        EXPECT_EQ(receiver.statistics().buffered, 1U);
        EXPECT_EQ(receiver.statistics().receivers_waiting, 0U);
        EXPECT_EQ(receiver.try_receive(), "test for 553");
    });
}

// --- anyio

TEST(test_cancel_during_receive, delivers_an_item_that_was_sent_before_the_cancellation) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        std::vector<std::string> received;
        task_group* scope = nullptr;
        auto scoped_receiver = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                scope = &group;
                auto item = co_await receiver.receive();
                received.push_back(item.value_or("nothing"));
                co_await patio::yield();
                received.emplace_back("not this");
            });
        };
        const auto task = patio::create_task(scoped_receiver);
        co_await all_tasks_blocked();
        EXPECT_TRUE(sender.try_send("hello"));
        scope->cancel();
        co_await task;
        EXPECT_EQ(received, std::vector<std::string>{"hello"});
    });
}

TEST(test_cancel_during_receive_buffered, keeps_an_item_from_a_receiver_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        task_group* scope = nullptr;
        auto scoped_receiver = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                scope = &group;
                const auto item = co_await receiver.receive();
                ADD_FAILURE() << "must not get " << item.value_or("nothing");
            });
        };
        const auto task = patio::create_task(scoped_receiver);
        co_await all_tasks_blocked();
        scope->cancel();
        EXPECT_TRUE(sender.try_send("item"));
        co_await task;
        EXPECT_EQ(receiver.try_receive(), "item");
    });
}

TEST(test_send_to_natively_cancelled_receiver, leaves_the_item_to_the_next_in_line) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        const auto first = patio::create_task(receive_through(receiver));
        co_await all_tasks_blocked();
        first.cancel();
        EXPECT_TRUE(sender.try_send("hello"));
        bool was_cancelled = false;
        try {
            co_await first;
        } catch (const patio::task_cancelled&) {
            was_cancelled = true;
        }
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(receiver.try_receive(), "hello");
    });
}

TEST(test_send_to_natively_cancelled_receiver, gives_the_item_to_another_that_waits) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        const auto first = patio::create_task(receive_through(receiver));
        const auto second = patio::create_task(receive_through(receiver));
        co_await all_tasks_blocked();
        first.cancel();
        EXPECT_TRUE(sender.try_send("hello"));
        const std::string item = co_await second;
        EXPECT_EQ(item, "hello");
        EXPECT_TRUE(first.cancelled());
    });
}

// In a stream that ends anyio throws EndOfStream. Here an end is a value, so that the group does
// not fail.
TEST(test_close_send_while_receiving, ends_the_receivers_wait) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        patio::task<std::string> receiving;
        co_await with_task_group([&](task_group& group) -> async<> {
            receiving = group.spawn(receive_through(receiver));
            co_await all_tasks_blocked();
            sender.close();
        });
        const std::string item = co_await receiving;
        EXPECT_EQ(item, "(end)");
    });
}

TEST(test_close_receive_while_sending, fails_the_sender_and_its_group) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        auto do_send = [&]() -> async<> { co_await sender.send("hello"); };
        std::vector<std::string> texts;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                group.spawn(do_send);
                co_await all_tasks_blocked();
                receiver.close();
            });
        } catch (const patio::exception_group& failures) {
            for (const auto& one : failures) {
                try {
                    std::rethrow_exception(one.error());
                } catch (const channel_closed& error) {
                    texts.emplace_back(error.what());
                }
            }
        }
        EXPECT_EQ(texts, std::vector<std::string>{none_receives});
    });
}

// anyio checks for a cancellation first. Here an operation that need not wait completes.
TEST(test_receive_when_cancelled, takes_what_is_there_without_waiting) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        const auto hello = patio::create_task(send_through(sender, "hello"));
        const auto world = patio::create_task(send_through(sender, "world"));
        co_await all_tasks_blocked();
        std::vector<std::string> received;
        co_await with_task_group([&](task_group& scope) -> async<> {
            scope.cancel();
            auto first = co_await receiver.receive();
            received.push_back(first.value_or("nothing"));
            auto second = co_await receiver.receive();
            received.push_back(second.value_or("nothing"));
            const auto third = co_await receiver.receive();
            received.push_back(third.value_or("not this"));
        });
        EXPECT_EQ(received, (std::vector<std::string>{"hello", "world"}));
        co_await world;
        EXPECT_TRUE(hello.done());
    });
}

TEST(test_send_when_cancelled, sends_nothing_if_it_would_have_to_wait) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        co_await with_task_group([&](task_group& scope) -> async<> {
            scope.cancel();
            co_await sender.send("hello");
            ADD_FAILURE() << "must not get here";
        });
        const auto receiving = patio::create_task(receive_through(receiver));
        co_await all_tasks_blocked();
        EXPECT_FALSE(receiving.done());
        const auto sent = co_await send_through(sender, "world");
        EXPECT_EQ(sent, "sent");
        const std::string item = co_await receiving;
        EXPECT_EQ(item, "world");
    });
}

// Python warns of an end that nobody has closed. Here the destructor closes it, which the other
// side notices, and there is nothing to warn of: a report would fail the test.
TEST(test_not_closed_warning, an_end_that_is_dropped_is_closed) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(1);
        std::optional<channel_sender<std::string>> dropped{std::move(sender)};
        const auto receiving = patio::create_task(receive_through(receiver));
        co_await all_tasks_blocked();
        dropped.reset();
        const std::string item = co_await receiving;
        EXPECT_EQ(item, "(end)");
    });
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = channel<std::string>(0);
        std::optional<channel_receiver<std::string>> dropped{std::move(receiver)};
        const auto sending = patio::create_task(send_through(sender, "lost"));
        co_await all_tasks_blocked();
        dropped.reset();
        const std::string sent = co_await sending;
        EXPECT_EQ(sent, none_receives);
    });
}

}  // namespace
