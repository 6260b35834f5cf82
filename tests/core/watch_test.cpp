// SPDX-License-Identifier: MIT

#include <patio/core/channel/watch.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::channel_closed;
using patio::watch;
using patio::watch_receiver;
using patio::watch_sender;

async<> follow(watch_receiver<int> receiver, std::vector<int>& seen) {
    for (;;) {
        const bool is_news = co_await receiver.changed();
        if (!is_news) break;
        seen.push_back(receiver.get());
    }
}

TEST(watch, shows_the_latest_value_to_everybody) {
    auto [sender, receiver] = watch<std::string>("a");
    auto second = receiver;
    EXPECT_EQ(receiver.get(), "a");
    sender.send("b");
    sender.send("c");
    EXPECT_EQ(receiver.get(), "c");
    EXPECT_EQ(second.get(), "c");
    EXPECT_EQ(sender.get(), "c");
    EXPECT_EQ(sender.receiver_count(), 2U);
}

TEST(watch, counts_the_first_value_as_seen) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(1);
        EXPECT_FALSE(receiver.has_changed());
        const auto changed = co_await patio::move_on_after(1s, receiver.changed());
        EXPECT_FALSE(changed.has_value());
    });
}

TEST(watch, tells_a_change_that_came_before_without_a_turn) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(1);
        sender.send(2);
        EXPECT_TRUE(receiver.has_changed());
        const auto before = patio::testing::turn();
        const bool is_news = co_await receiver.changed();
        EXPECT_TRUE(is_news);
        EXPECT_EQ(patio::testing::turn(), before);
        EXPECT_FALSE(receiver.has_changed());
    });
}

TEST(watch, skips_values_that_nobody_has_looked_at_but_not_the_last) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        std::vector<int> seen;
        auto send = [](watch_sender<int> end) -> async<> {
            for (int i = 1; i <= 9; ++i) {
                end.send(i);
                if (i % 3 == 0) co_await patio::sleep(1s);
            }
        };
        auto sending = send(std::move(sender));
        auto following = follow(std::move(receiver), seen);
        co_await patio::gather(std::move(following), std::move(sending));
        EXPECT_EQ(seen, (std::vector{3, 6, 9}));
    });
}

TEST(watch, tells_each_receiver_on_its_own) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        sender.send(1);
        auto copy = receiver;
        const bool is_news = co_await receiver.changed();
        EXPECT_TRUE(is_news);
        EXPECT_FALSE(receiver.has_changed());
        EXPECT_TRUE(copy.has_changed());
        EXPECT_FALSE(sender.subscribe().has_changed());
    });
}

TEST(watch, ends_when_the_last_sender_is_gone_after_the_last_news) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        auto second = sender;
        sender.send(1);
        sender.close();
        bool is_news = co_await receiver.changed();
        EXPECT_TRUE(is_news);
        second.send(2);
        second.close();
        is_news = co_await receiver.changed();
        EXPECT_TRUE(is_news);
        is_news = co_await receiver.changed();
        EXPECT_FALSE(is_news);
        EXPECT_EQ(receiver.get(), 2);
    });
}

TEST(watch, wakes_those_who_wait_when_the_last_sender_goes) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        std::vector<int> seen;
        const auto following = patio::create_task(follow(receiver, seen));
        co_await patio::yield();
        sender.close();
        co_await following;
        EXPECT_TRUE(seen.empty());
    });
}

TEST(watch, can_be_changed_in_place) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(std::vector<int>{});
        sender.modify([](std::vector<int>& list) { list.push_back(1); });
        EXPECT_TRUE(receiver.has_changed());
        const bool is_news = co_await receiver.changed();
        EXPECT_TRUE(is_news);
        EXPECT_EQ(receiver.get().size(), 1U);
        EXPECT_THROW(sender.modify([](std::vector<int>&) { throw std::runtime_error{"no"}; }),
                     std::runtime_error);
        EXPECT_FALSE(receiver.has_changed());
    });
}

TEST(watch, waits_for_a_value_that_is_accepted) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        auto is_five = [](int value) { return value == 5; };
        auto wait = [&](watch_receiver<int> end) -> async<bool> {
            const bool is_met = co_await end.wait_for(is_five);
            EXPECT_FALSE(end.has_changed());
            co_return is_met;
        };
        const auto waiting = patio::create_task(wait(receiver));
        for (int i = 1; i <= 5; ++i) {
            EXPECT_FALSE(waiting.done());
            co_await patio::sleep(1s);
            sender.send(i);
        }
        const bool is_met = co_await waiting;
        EXPECT_TRUE(is_met);
        const bool is_met_at_once = co_await receiver.wait_for(is_five);
        EXPECT_TRUE(is_met_at_once);
        sender.close();
        const bool is_met_ever = co_await receiver.wait_for([](int value) { return value == 6; });
        EXPECT_FALSE(is_met_ever);
    });
}

TEST(watch, passes_on_what_the_predicate_throws) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        std::string seen;
        try {
            co_await receiver.wait_for([](int) -> bool { throw std::runtime_error{"predicate"}; });
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "predicate");
    });
}

TEST(watch, lets_the_predicate_close_its_own_receiver) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(1);
        auto close = [&end = receiver](int value) {
            end.close();
            return value == 1;
        };
        const bool is_met = co_await receiver.wait_for(close);
        EXPECT_TRUE(is_met);
        EXPECT_EQ(sender.receiver_count(), 0U);

        receiver = sender.subscribe();
        sender.send(2);
        std::string seen;
        try {
            co_await receiver.wait_for(close);
        } catch (const channel_closed& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "this end of the channel was closed or moved from");
    });
}

TEST(watch, has_not_seen_what_the_predicate_has_sent) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(1);
        auto count_up = [&from = sender](int value) {
            from.send(value + 1);
            return true;
        };
        const bool is_met = co_await receiver.wait_for(count_up);
        EXPECT_TRUE(is_met);
        EXPECT_TRUE(receiver.has_changed());
        EXPECT_EQ(receiver.get(), 2);
    });
}

TEST(watch, lets_one_task_wait_through_a_receiver) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        auto wait = [&end = receiver]() -> async<bool> {
            const bool is_news = co_await end.changed();
            co_return is_news;
        };
        const auto waiting = patio::create_task(wait);
        co_await patio::yield();
        int refusals = 0;
        try {
            co_await receiver.changed();
        } catch (const patio::usage_error&) {
            ++refusals;
        }
        try {
            co_await receiver.wait_for([](int) { return true; });
        } catch (const patio::usage_error&) {
            ++refusals;
        }
        EXPECT_EQ(refusals, 2);
        sender.send(1);
        const bool is_news = co_await waiting;
        EXPECT_TRUE(is_news);
    });
}

TEST(watch, receiver_may_die_while_a_task_waits_through_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        auto kept = std::make_unique<watch_receiver<int>>(receiver);
        auto wait = [&]() -> async<bool> {
            try {
                co_await kept->changed();
            } catch (const channel_closed&) {
                co_return true;
            }
            co_return false;
        };
        const auto waiting = patio::create_task(wait);
        co_await patio::yield();
        kept.reset();
        const bool was_told = co_await waiting;
        EXPECT_TRUE(was_told);
        EXPECT_EQ(sender.receiver_count(), 1U);
    });
}

TEST(watch, receiver_may_move_while_a_task_waits_through_it) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        auto wait = [&end = receiver]() -> async<bool> {
            const bool is_news = co_await end.changed();
            co_return is_news;
        };
        const auto waiting = patio::create_task(wait);
        co_await patio::yield();
        const auto moved = std::move(receiver);
        sender.send(1);
        EXPECT_TRUE(moved.has_changed());
        const bool is_news = co_await waiting;
        EXPECT_TRUE(is_news);
        EXPECT_FALSE(moved.has_changed());
    });
}

TEST(watch, refuses_the_use_of_a_closed_end) {
    auto [sender, receiver] = watch(0);
    sender.close();
    receiver.close();
    EXPECT_THROW(sender.send(1), channel_closed);
    EXPECT_THROW(static_cast<void>(sender.get()), channel_closed);
    EXPECT_THROW(static_cast<void>(receiver.get()), channel_closed);
    EXPECT_THROW(static_cast<void>(receiver.has_changed()), channel_closed);
}

TEST(watch, takes_nothing_when_the_wait_is_cancelled) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        const auto changed = co_await patio::move_on_after(1s, receiver.changed());
        EXPECT_FALSE(changed.has_value());
        sender.send(1);
        EXPECT_TRUE(receiver.has_changed());
    });
}

TEST(watch, does_not_starve_others_while_there_is_always_news) {
    patio::testing::run([]() -> async<> {
        auto [sender, receiver] = watch(0);
        bool has_other_run = false;
        const auto other = patio::create_task([&]() -> async<> {
            has_other_run = true;
            co_return;
        });
        for (int i = 1; i < 1000 && !has_other_run; ++i) {
            sender.send(i);
            const bool is_news = co_await receiver.changed();
            EXPECT_TRUE(is_news);
        }
        EXPECT_TRUE(has_other_run);
    });
}

async<> count_up() {
    auto [sender, receiver] = watch(0);
    auto send = [](watch_sender<int> end) -> async<> {
        for (int i = 1; i <= 5; ++i) {
            end.send(i);
            co_await patio::yield();
        }
    };
    auto wait = [](watch_receiver<int> end) -> async<> {
        const bool is_met = co_await end.wait_for([](int value) { return value == 5; });
        EXPECT_TRUE(is_met);
        EXPECT_EQ(end.get(), 5);
    };
    auto one = wait(receiver);
    auto two = wait(std::move(receiver));
    auto sending = send(std::move(sender));
    co_await patio::gather(std::move(one), std::move(two), std::move(sending));
}

TEST(watch, leaves_nothing_behind_wherever_a_task_is_cancelled) {
    EXPECT_GT(patio::testing::cancel_everywhere(count_up), 3U);
}

TEST(watch, never_hides_the_last_value_in_whatever_order_tasks_run) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        patio::testing::run(count_up(), patio::testing::run_options{}.shuffle(seed));
    }
}

}  // namespace
