// SPDX-License-Identifier: MIT

#include <patio/core/channel/oneshot.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::channel_closed;
using patio::oneshot;
using patio::oneshot_receiver;
using patio::oneshot_sender;

static_assert(!std::is_copy_constructible_v<oneshot_sender<int>>);
static_assert(!std::is_copy_constructible_v<oneshot_receiver<int>>);

async<int> receive(oneshot_receiver<int>& receiver) {
    const int value = co_await receiver.receive();
    co_return value;
}

/// The text of the channel_closed that receiving throws, or "" if it throws nothing.
async<std::string> closed_text(oneshot_receiver<int>& receiver) {
    std::string text;
    try {
        static_cast<void>(co_await receiver.receive());
    } catch (const channel_closed& error) {
        text = error.what();
    }
    co_return text;
}

TEST(oneshot, gives_a_value_that_was_sent_before_without_a_turn) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        EXPECT_FALSE(receiver.try_receive().has_value());
        EXPECT_TRUE(sender.send(7));
        const auto before = patio::testing::turn();
        const int value = co_await receiver.receive();
        EXPECT_EQ(value, 7);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(oneshot, gives_a_value_to_a_task_that_waits_for_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        auto send = [](oneshot_sender<int> end) -> async<> {
            co_await patio::sleep(1s);
            EXPECT_TRUE(end.has_receiver());
            EXPECT_TRUE(end.send(7));
        };
        auto sending = send(std::move(sender));
        auto receiving = receive(receiver);
        auto [sent, value] = co_await patio::gather(std::move(sending), std::move(receiving));
        EXPECT_EQ(value, 7);
    });
}

TEST(oneshot, keeps_the_value_of_a_sender_that_is_gone) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<std::unique_ptr<int>>();
        sender.send(std::make_unique<int>(3));
        sender.close();
        const auto value = co_await receiver.receive();
        EXPECT_EQ(*value, 3);
    });
}

TEST(oneshot, fails_the_receiver_when_the_sender_is_dropped_without_a_value) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto waiting = patio::create_task(closed_text(receiver));
        co_await patio::yield();
        { const auto dropped = std::move(sender); }
        std::string text = co_await waiting;
        EXPECT_NE(text.find("dropped without having sent"), std::string::npos) << text;
        text = co_await closed_text(receiver);
        EXPECT_NE(text.find("dropped without having sent"), std::string::npos) << text;
    });
}

TEST(oneshot, tells_the_sender_when_nobody_can_receive) {
    auto [sender, receiver] = oneshot<int>();
    receiver.close();
    EXPECT_FALSE(sender.has_receiver());
    EXPECT_FALSE(sender.send(1));
}

TEST(oneshot, carries_one_value_only) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        sender.send(1);
        EXPECT_THROW(sender.send(2), patio::usage_error);
        const int value = co_await receiver.receive();
        EXPECT_EQ(value, 1);
        EXPECT_THROW(sender.send(2), patio::usage_error);
        EXPECT_THROW(static_cast<void>(receiver.try_receive()), patio::usage_error);
        bool has_thrown = false;
        try {
            static_cast<void>(co_await receiver.receive());
        } catch (const patio::usage_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
    });
}

TEST(oneshot, refuses_the_use_of_a_closed_end) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        sender.close();
        receiver.close();
        EXPECT_THROW(sender.send(2), channel_closed);
        EXPECT_FALSE(sender.has_receiver());
        const std::string text = co_await closed_text(receiver);
        EXPECT_NE(text.find("this end"), std::string::npos) << text;
    });
}

TEST(oneshot, destroys_a_value_that_nobody_received) {
    const auto value = std::make_shared<int>(1);
    {
        auto [sender, receiver] = oneshot<std::shared_ptr<int>>();
        sender.send(value);
        EXPECT_EQ(value.use_count(), 2);
        receiver.close();
        EXPECT_EQ(value.use_count(), 1);
    }
    {
        auto [sender, receiver] = oneshot<std::shared_ptr<int>>();
        sender.send(value);
    }
    EXPECT_EQ(value.use_count(), 1);
}

TEST(oneshot, receiver_may_die_or_move_while_a_task_waits) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        auto wait = [](oneshot_receiver<int>& end) -> async<int> {
            const int value = co_await end.receive();
            co_return value;
        };
        const auto waiting = patio::create_task(wait(receiver));
        co_await patio::yield();
        auto moved = std::move(receiver);
        sender.send(4);
        const int value = co_await waiting;
        EXPECT_EQ(value, 4);

        auto [other_sender, other_receiver] = oneshot<int>();
        auto kept = std::make_unique<oneshot_receiver<int>>(std::move(other_receiver));
        const auto failing = patio::create_task(closed_text(*kept));
        co_await patio::yield();
        kept.reset();
        const std::string text = co_await failing;
        EXPECT_NE(text.find("this end"), std::string::npos) << text;
    });
}

TEST(oneshot, receiver_may_die_between_the_sending_and_the_waiters_turn) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        auto kept = std::make_unique<oneshot_receiver<int>>(std::move(receiver));
        const auto waiting = patio::create_task(closed_text(*kept));
        co_await patio::yield();
        sender.send(4);
        kept.reset();
        const std::string text = co_await waiting;
        EXPECT_NE(text.find("this end"), std::string::npos) << text;
    });
}

TEST(oneshot, assigned_to_ends_the_wait_of_what_it_was) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto waiting = patio::create_task(closed_text(receiver));
        co_await patio::yield();
        auto [other_sender, other] = oneshot<int>();
        receiver = std::move(other);
        const std::string text = co_await waiting;
        EXPECT_NE(text.find("this end"), std::string::npos) << text;
        EXPECT_FALSE(sender.has_receiver());
        other_sender.send(9);
        EXPECT_EQ(receiver.try_receive(), 9);
    });
}

TEST(oneshot, lets_one_task_wait_at_a_time) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto waiting = patio::create_task(receive(receiver));
        co_await patio::yield();
        EXPECT_THROW(static_cast<void>(receiver.try_receive()), patio::usage_error);
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

TEST(oneshot, keeps_its_value_when_the_receiving_task_is_cancelled_before_it_came) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto value = co_await patio::move_on_after(1s, receiver.receive());
        EXPECT_FALSE(value.has_value());
        sender.send(5);
        EXPECT_EQ(receiver.try_receive(), 5);
    });
}

TEST(oneshot, delivers_a_value_that_was_sent_before_the_cancellation) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        std::optional<int> seen;
        auto wait = [&]() -> async<> {
            seen = co_await receiver.receive();
            co_await patio::sleep(1h);
        };
        const auto task = patio::create_task(wait);
        co_await patio::yield();
        sender.send(5);
        task.cancel();
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
        EXPECT_EQ(seen, 5);
    });
}

TEST(oneshot, end_may_close_in_the_turn_in_which_its_waiter_is_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto task = patio::create_task(closed_text(receiver));
        co_await patio::yield();
        task.cancel();
        receiver.close();
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
}

TEST(oneshot, throws_in_a_throwing_scope) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = oneshot<int>();
        const auto value =
            co_await patio::move_on_after(1s, patio::throwing_scope(receive(receiver)));
        EXPECT_FALSE(value.has_value());
        sender.send(1);
        EXPECT_EQ(receiver.try_receive(), 1);
    });
}

async<> ask_and_answer() {
    auto [sender, receiver] = oneshot<std::string>();
    auto answer = [](oneshot_sender<std::string> end) -> async<> {
        co_await patio::yield();
        end.send(std::string(40, 'x'));
        co_await patio::yield();
    };
    auto ask = [](oneshot_receiver<std::string> end) -> async<> {
        try {
            const std::string text = co_await end.receive();
            EXPECT_EQ(text.size(), 40U);
        } catch (const channel_closed&) {
            ADD_FAILURE() << "the sender has sent";
        }
    };
    auto answering = answer(std::move(sender));
    auto asking = ask(std::move(receiver));
    co_await patio::gather(std::move(asking), std::move(answering));
}

TEST(oneshot, leaves_nothing_behind_wherever_a_task_is_cancelled) {
    EXPECT_GT(patio::testing::cancel_everywhere(ask_and_answer), 3U);
}

TEST(oneshot, leaves_nothing_behind_in_whatever_order_tasks_run) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        patio::testing::run(ask_and_answer(), patio::testing::run_options{}.shuffle(seed));
    }
}

}  // namespace
