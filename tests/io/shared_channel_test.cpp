// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/shared_channel.hpp>

#include <patio/patio.hpp>

#include "support/drivers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

class shared_channel : public patio::test_support::on_each_driver {
protected:
    static patio::run_options options(std::size_t count = 2) {
        return on_each_driver::options().loops(count);
    }
};
PATIO_TEST_ON_EACH_DRIVER(shared_channel);

using ints = patio::shared_channel<int>;

patio::async<> send_all(ints to, int first, int count) {
    for (int i = 0; i < count; ++i)
        co_await to.send(first + i);
}

patio::async<std::vector<int>> receive_all(ints from) {
    std::vector<int> got;
    while (const auto item = co_await from.receive())
        got.push_back(*item);
    co_return got;
}

// --- one loop

TEST_P(shared_channel, gives_items_in_the_order_of_sending) {
    const auto main = []() -> patio::async<> {
        ints numbers{2};
        const auto sender = patio::create_task(send_all(numbers, 0, 10));
        for (int i = 0; i < 10; ++i) {
            const auto item = co_await numbers.receive();
            EXPECT_EQ(item, i);
        }
        co_await sender;
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, lets_senders_wait_when_it_is_full) {
    const auto main = []() -> patio::async<> {
        ints numbers{2};
        EXPECT_EQ(numbers.capacity(), 2U);
        const auto sender = patio::create_task(send_all(numbers, 0, 3));
        co_await patio::sleep(100us);
        EXPECT_FALSE(sender.done());
        EXPECT_EQ(numbers.size(), 2U);
        const auto first = numbers.try_receive();
        EXPECT_EQ(first, 0);
        EXPECT_EQ(numbers.size(), 2U) << "the free place belongs to the waiting sender";
        co_await sender;
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, hands_over_directly_without_capacity) {
    const auto main = []() -> patio::async<> {
        ints numbers{0};
        EXPECT_FALSE(numbers.try_send(1)) << "nobody receives";
        const auto receiver = patio::create_task(receive_all(numbers));
        co_await numbers.send(2);
        co_await numbers.send(3);
        numbers.close();
        const auto got = co_await receiver;
        EXPECT_EQ(got, (std::vector<int>{2, 3}));
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, serves_those_who_wait_first_come_first_served) {
    std::string order;
    const auto main = [&]() -> patio::async<> {
        ints numbers{1};
        const auto receive = [&](char name) -> patio::async<> {
            const auto item = co_await numbers.receive();
            order += name + std::to_string(*item) + " ";
        };
        const auto body = [&](patio::task_group& group) -> patio::async<> {
            for (const char name : {'a', 'b', 'c'})
                group.spawn(receive(name));
            co_await patio::sleep(100us);
            for (int i = 1; i <= 3; ++i)
                EXPECT_TRUE(numbers.try_send(i));
        };
        co_await patio::with_task_group(body);
    };
    patio::run(main(), options(1));
    EXPECT_EQ(order, "a1 b2 c3 ");
}

TEST_P(shared_channel, is_a_value_whose_copies_are_the_same_channel) {
    ints numbers{1};
    ints copy = numbers;
    EXPECT_TRUE(copy == numbers);
    EXPECT_FALSE(copy == ints{1});
    EXPECT_TRUE(copy.try_send(3));
    EXPECT_EQ(numbers.try_receive(), 3);
    EXPECT_TRUE(patio::sendable<ints>);
}

TEST_P(shared_channel, leaves_an_item_that_it_does_not_take) {
    patio::shared_channel<std::unique_ptr<int>> boxes{1};
    auto first = std::make_unique<int>(1);
    auto second = std::make_unique<int>(2);
    EXPECT_TRUE(boxes.try_send(std::move(first)));
    EXPECT_FALSE(boxes.try_send(std::move(second)));
    EXPECT_EQ(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(*second, 2);
}

TEST_P(shared_channel, gives_others_a_turn_while_it_is_always_ready) {
    const auto main = []() -> patio::async<> {
        ints numbers{1000};
        bool has_run = false;
        const auto other = [&]() -> patio::async<> {
            has_run = true;
            co_return;
        };
        const auto task = patio::create_task(other());
        co_await send_all(numbers, 0, 1000);
        EXPECT_TRUE(has_run);
        has_run = false;
        const auto again = patio::create_task(other());
        for (int i = 0; i < 1000; ++i)
            (void)co_await numbers.receive();
        EXPECT_TRUE(has_run);
    };
    patio::run(main(), options(1));
}

// --- the end

TEST_P(shared_channel, gives_what_is_left_after_it_was_closed_and_then_nothing) {
    const auto main = []() -> patio::async<> {
        ints numbers{3};
        EXPECT_TRUE(numbers.try_send(1));
        EXPECT_TRUE(numbers.try_send(2));
        numbers.close();
        numbers.close();
        EXPECT_TRUE(numbers.is_closed());
        const auto got = co_await receive_all(numbers);
        EXPECT_EQ(got, (std::vector<int>{1, 2}));
        EXPECT_THROW((void)numbers.try_send(3), patio::channel_closed);
        EXPECT_EQ(numbers.try_receive(), std::nullopt);
        bool has_failed = false;
        try {
            co_await numbers.send(4);
        } catch (const patio::channel_closed&) {
            has_failed = true;
        }
        EXPECT_TRUE(has_failed);
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, tells_those_who_wait_when_it_is_closed) {
    const auto expect_refusal = [](ints to) -> patio::async<> {
        bool has_failed = false;
        try {
            co_await to.send(7);
        } catch (const patio::channel_closed&) {
            has_failed = true;
        }
        EXPECT_TRUE(has_failed);
    };
    const auto expect_end = [](ints from) -> patio::async<> {
        const auto item = co_await from.receive();
        EXPECT_EQ(item, std::nullopt);
    };
    const auto main = [&]() -> patio::async<> {
        ints full{0};
        ints empty{1};
        const auto body = [&](patio::task_group& group) -> patio::async<> {
            for (std::size_t i = 0; i < 3; ++i) {
                group.spawn(
                    patio::detail::adopt(patio::call_on(patio::loop_at(i), expect_refusal, full)));
                group.spawn(
                    patio::detail::adopt(patio::call_on(patio::loop_at(i), expect_end, empty)));
            }
            co_await patio::sleep(1ms);
            full.close();
            empty.close();
        };
        co_await patio::with_task_group(body);
    };
    patio::run(main(), options(3));
}

TEST_P(shared_channel, destroys_what_nobody_received) {
    const auto item = std::make_shared<int>(1);
    {
        patio::shared_channel<std::shared_ptr<int>> items{3};
        EXPECT_TRUE(items.try_send(item));
        EXPECT_TRUE(items.try_send(item));
        EXPECT_EQ(item.use_count(), 3);
    }
    EXPECT_EQ(item.use_count(), 1);
}

TEST_P(shared_channel, lives_as_long_as_somebody_waits) {
    const auto main = []() -> patio::async<> {
        auto numbers = std::make_unique<ints>(0);
        const auto receive = [](ints& from) -> patio::async<> {
            const auto item = co_await from.receive();
            EXPECT_EQ(item, std::nullopt);
        };
        const auto waiting = patio::create_task(receive(*numbers));
        co_await patio::sleep(100us);
        numbers.reset();
        waiting.cancel();
        while (!waiting.done())
            co_await patio::yield();
    };
    patio::run(main(), options(1));
}

// --- several loops

TEST_P(shared_channel, carries_items_both_ways_between_loops) {
    constexpr int count = 3000;
    const auto double_them = [](ints from, ints to) -> patio::async<> {
        while (const auto item = co_await from.receive())
            co_await to.send(*item * 2);
        to.close();
    };
    const auto main = [&]() -> patio::async<> {
        ints there{4};
        ints back{4};
        const auto feed = [&]() -> patio::async<> {
            co_await send_all(there, 0, count);
            there.close();
        };
        const auto body = [&](patio::task_group& group) -> patio::async<> {
            group.spawn(
                patio::detail::adopt(patio::call_on(patio::loop_at(1), double_them, there, back)));
            group.spawn(feed());
            for (int i = 0; i < count; ++i) {
                const auto item = co_await back.receive();
                EXPECT_EQ(item, 2 * i);
            }
            const auto end = co_await back.receive();
            EXPECT_EQ(end, std::nullopt);
        };
        co_await patio::with_task_group(body);
    };
    patio::run(main(), options(2));
}

TEST_P(shared_channel, loses_nothing_between_many_senders_and_receivers) {
    constexpr int senders = 6;
    constexpr int items = 500;
    const auto send_some = [](ints to) -> patio::async<> {
        std::vector<patio::async<>> sending;
        for (int i = 0; i < senders; ++i) {
            const int number = static_cast<int>(patio::this_loop_index()) * senders + i;
            sending.push_back(send_all(to, number * items, items));
        }
        co_await patio::gather(sending);
    };
    const auto receive_some = [](ints from) -> patio::async<std::vector<int>> {
        auto [a, b] = co_await patio::gather(receive_all(from), receive_all(from));
        for (const auto* each : {&a, &b}) {  // of each sender in order
            std::vector<int> last(3 * senders, -1);
            for (const int item : *each) {
                EXPECT_LT(std::exchange(last[static_cast<std::size_t>(item / items)], item), item);
            }
        }
        a.insert(a.end(), b.begin(), b.end());
        co_return a;
    };
    const auto main = [&]() -> patio::async<> {
        ints numbers{5};
        const auto feed = [&]() -> patio::async<> {
            co_await patio::on_each_loop(send_some, numbers);
            numbers.close();
        };
        const auto feeding = patio::create_task(feed());
        const auto all = co_await patio::on_each_loop(receive_some, numbers);
        co_await feeding;
        std::vector<int> got;
        for (const auto& each : all)
            got.insert(got.end(), each.begin(), each.end());
        std::sort(got.begin(), got.end());
        EXPECT_EQ(got.size(), 3U * senders * items);
        for (std::size_t i = 0; i < got.size(); ++i)
            EXPECT_EQ(got[i], static_cast<int>(i));
    };
    patio::run(main(), options(3));
}

TEST_P(shared_channel, may_be_fed_and_drained_by_plain_threads) {
    constexpr int count = 2000;
    ints there{8};
    ints back{8};
    std::thread plain{[&] {
        int received = 0;
        for (int sent = 0; sent < count || received < count;) {
            if (sent < count && there.try_send(sent)) ++sent;
            if (const auto item = back.try_receive()) {
                EXPECT_EQ(*item, received);
                ++received;
            }
            std::this_thread::yield();
        }
        there.close();
    }};
    const auto main = [&]() -> patio::async<> {
        while (const auto item = co_await there.receive())
            co_await back.send(*item);
    };
    patio::run(main(), options(1));
    plain.join();
}

// --- cancellation

TEST_P(shared_channel, lets_no_task_wait_that_is_being_cancelled) {
    const auto main = []() -> patio::async<> {
        ints numbers{0};
        const auto receive = [&]() -> patio::async<> {
            patio::current_task().cancel();
            (void)co_await numbers.receive();
        };
        const auto receiver = patio::create_task(receive());
        while (!receiver.done())
            co_await patio::yield();
        EXPECT_TRUE(receiver.cancelled());
        EXPECT_FALSE(numbers.try_send(1)) << "it stands in the line";
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, lets_a_cancelled_task_leave_its_line) {
    const auto main = []() -> patio::async<> {
        ints numbers{0};
        std::vector<patio::task<std::vector<int>>> receivers;
        for (int i = 0; i < 3; ++i)
            receivers.push_back(patio::create_task(receive_all(numbers)));
        co_await patio::yield();
        co_await patio::yield();
        receivers[0].cancel();
        EXPECT_TRUE(numbers.try_send(5)) << "the second one is the first now";
        numbers.close();
        const auto second = co_await receivers[1];
        EXPECT_EQ(second, std::vector<int>{5});
        EXPECT_TRUE(receivers[0].cancelled());
    };
    patio::run(main(), options(1));
}

TEST_P(shared_channel, sends_the_items_of_those_behind_a_cancelled_sender) {
    const auto main = []() -> patio::async<> {
        ints numbers{1};
        EXPECT_TRUE(numbers.try_send(0));
        const auto cut = patio::create_task(send_all(numbers, 10, 1));
        const auto kept = patio::create_task(send_all(numbers, 20, 1));
        co_await patio::yield();
        co_await patio::yield();
        cut.cancel();
        EXPECT_EQ(numbers.try_receive(), 0);
        EXPECT_EQ(numbers.try_receive(), 20);
        EXPECT_EQ(numbers.try_receive(), std::nullopt);
        co_await kept;
    };
    patio::run(main(), options(1));
}

/// Receives with a limit that ends many a wait just when an item comes.
patio::async<long> receive_impatiently(ints from) {
    long sum = 0;
    for (int i = 0;; ++i) {
        std::optional<int> item;
        try {
            item = co_await patio::timeout((i % 20) * 1us, from.receive());
        } catch (const patio::timed_out&) {
            continue;
        }
        if (!item) co_return sum;
        sum += *item;
    }
}

/// Sends with such a limit until it is told that the item was sent.
patio::async<> send_impatiently(ints to, int count) {
    for (int i = 1; i <= count; ++i) {
        for (int limit = i % 20;; ++limit) {
            bool was_sent = false;
            const auto send = [&]() -> patio::async<> {
                co_await to.send(i);
                was_sent = true;
            };
            try {
                co_await patio::timeout(limit * 1us, send());
            } catch (const patio::timed_out&) {
                EXPECT_FALSE(was_sent);
            }
            if (was_sent) break;
        }
    }
}

TEST_P(shared_channel, loses_no_item_to_a_cancellation) {
    constexpr int count = 1500;
    const auto main = []() -> patio::async<> {
        ints numbers{1};
        const auto feed = [&]() -> patio::async<> {
            co_await patio::on_each_loop(send_impatiently, numbers, count);
            numbers.close();
        };
        const auto feeding = patio::create_task(feed());
        const auto sums = co_await patio::on_each_loop(receive_impatiently, numbers);
        co_await feeding;
        long all = 0;
        for (const long sum : sums)
            all += sum;
        EXPECT_EQ(all, 3L * count * (count + 1) / 2);
    };
    patio::run(main(), options(3));
}

TEST_P(shared_channel, lets_loops_end_that_wait_at_it) {
    ints numbers{0};
    const auto leave_waiting = [](ints at) -> patio::async<> {
        patio::create_task(receive_all(at));
        co_return;
    };
    const auto main = [&]() -> patio::async<> {
        co_await patio::on_each_loop(leave_waiting, numbers);
    };
    patio::run(main(), options(3));
    EXPECT_FALSE(numbers.try_send(1)) << "nobody is left in the line";
}

}  // namespace
