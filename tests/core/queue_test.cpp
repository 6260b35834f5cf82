// SPDX-License-Identifier: MIT

#include <patio/core/sync/queue.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::queue;
using patio::queue_shut_down;
using patio::shutdown_mode;

static_assert(std::is_trivially_destructible_v<queue<int>::put_operation>);
static_assert(std::is_trivially_destructible_v<queue<int>::get_operation>);

async<> put_all(queue<int>& q, int first, int last) {
    for (int i = first; i <= last; ++i)
        co_await q.put(i);
}

async<> get_some(queue<int>& q, std::vector<int>& got, int count) {
    for (int i = 0; i < count; ++i) {
        const int item = co_await q.get();
        got.push_back(item);
    }
}

async<> get_one(queue<int>& q, std::string& order, char name) {
    const int item = co_await q.get();
    order += name;
    order += std::to_string(item);
}

TEST(queue, hands_items_from_a_producer_to_a_consumer) {
    patio::testing::run([]() -> async<> {
        queue<int> orders{3};
        std::vector<int> cooked;
        auto waiter = [&]() -> async<> {
            for (int table = 1; table <= 10; ++table)
                co_await orders.put(table);
            orders.shutdown();
        };
        auto cook = [&]() -> async<> {
            while (auto order = co_await orders.next())
                cooked.push_back(*order);
        };
        co_await patio::gather(waiter(), cook());
        EXPECT_EQ(cooked, (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    });
}

TEST(queue, takes_no_turn_while_there_is_room_and_there_are_items) {
    patio::testing::run([]() -> async<> {
        queue<int> q{20};
        std::vector<int> got;
        const auto before = patio::testing::turn();
        co_await put_all(q, 1, 20);
        EXPECT_TRUE(q.full());
        co_await get_some(q, got, 20);
        EXPECT_TRUE(q.empty());
        EXPECT_EQ(patio::testing::turn(), before);
        EXPECT_EQ(got.front(), 1);
        EXPECT_EQ(got.back(), 20);
    });
}

TEST(queue, makes_a_putter_wait_while_it_is_full) {
    patio::testing::run([]() -> async<> {
        queue<int> q{2};
        auto putting = patio::create_task(put_all(q, 1, 3));
        co_await patio::sleep(1s);
        EXPECT_FALSE(putting.done());
        EXPECT_EQ(q.size(), 2U);
        EXPECT_EQ(q.putters_waiting(), 1U);
        const int first = co_await q.get();
        EXPECT_EQ(first, 1);
        EXPECT_EQ(q.size(), 2U);  // the waiting item came in at once
        co_await putting;
    });
}

TEST(queue, serves_getters_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        queue<int> q{2};
        std::string order;
        co_await patio::gather(get_one(q, order, 'a'), get_one(q, order, 'b'),
                               get_one(q, order, 'c'), put_all(q, 1, 3));
        EXPECT_EQ(order, "a1b2c3");
    });
}

TEST(queue, serves_putters_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        std::vector<int> got;
        co_await patio::gather(put_all(q, 1, 2), put_all(q, 11, 12), put_all(q, 21, 22),
                               get_some(q, got, 6));
        EXPECT_EQ(got, (std::vector{1, 2, 11, 21, 12, 22}));
    });
}

TEST(queue, gives_an_item_to_the_getter_that_waited_and_to_nobody_who_comes_later) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        std::string order;
        auto waiting = patio::create_task(get_one(q, order, 'a'));
        co_await patio::yield();
        co_await q.put(1);
        EXPECT_TRUE(q.empty());
        EXPECT_FALSE(q.try_get().has_value());
        co_await waiting;
        EXPECT_EQ(order, "a1");
    });
}

TEST(queue, gives_room_to_the_putter_that_waited_and_to_nobody_who_comes_later) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        auto putting = patio::create_task(put_all(q, 1, 2));
        co_await patio::yield();
        EXPECT_EQ(q.try_get(), 1);
        EXPECT_FALSE(q.try_put(3));
        co_await putting;
        EXPECT_EQ(q.try_get(), 2);
        EXPECT_TRUE(q.try_put(3));
        EXPECT_EQ(q.try_get(), 3);
    });
}

TEST(queue, leaves_the_item_alone_if_try_put_finds_no_room) {
    queue<std::unique_ptr<int>> q{1};
    EXPECT_TRUE(q.try_put(std::make_unique<int>(1)));
    auto item = std::make_unique<int>(2);
    EXPECT_FALSE(q.try_put(std::move(item)));
    EXPECT_EQ(*item, 2);  // NOLINT: that is what is tested
}

TEST(queue, copies_with_try_put_only_if_there_is_room) {
    queue<std::string> q{1};
    const std::string text = "a text that is too long to be kept inside of the object";
    EXPECT_TRUE(q.try_put(text));
    EXPECT_FALSE(q.try_put(text));
    EXPECT_EQ(q.try_get(), text);
}

TEST(queue, holds_what_can_only_be_moved) {
    patio::testing::run([]() -> async<> {
        queue<std::unique_ptr<int>> q{1};
        auto putter = [&]() -> async<> {
            for (int i = 0; i < 3; ++i) {
                auto item = std::make_unique<int>(i);
                co_await q.put(std::move(item));
            }
        };
        auto getter = [&]() -> async<int> {
            int sum = 0;
            for (int i = 0; i < 3; ++i) {
                const auto item = co_await q.get();
                sum += *item;
            }
            co_return sum;
        };
        const auto [nothing, sum] = co_await patio::gather(putter(), getter());
        EXPECT_EQ(sum, 3);
    });
}

TEST(queue, keeps_its_order_when_its_memory_grows) {
    queue<int> q{1000};
    int next = 0;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(q.try_put(i));
        if (i % 3 == 0) {
            EXPECT_EQ(q.try_get(), next++);
        }
    }
    while (!q.empty())
        EXPECT_EQ(q.try_get(), next++);
    EXPECT_EQ(next, 1000);
}

TEST(queue, destroys_the_items_that_are_left) {
    auto item = std::make_shared<int>(1);
    {
        queue<std::shared_ptr<int>> q{4};
        for (int i = 0; i < 4; ++i)
            EXPECT_TRUE(q.try_put(item));
        EXPECT_EQ(q.try_get(), item);
        EXPECT_EQ(item.use_count(), 4);
    }
    EXPECT_EQ(item.use_count(), 1);
}

TEST(queue, grows_without_limit_only_if_that_is_said) {
    queue<int> q{patio::unbounded};
    for (int i = 0; i < 100'000; ++i)
        EXPECT_TRUE(q.try_put(i));
    EXPECT_FALSE(q.full());
    EXPECT_THROW(queue<int>{0}, patio::usage_error);
}

// --- join

TEST(queue, is_joined_when_every_item_is_done) {
    patio::testing::run([]() -> async<> {
        queue<int> q{10};
        int done = 0;
        auto worker = [&]() -> async<> {
            while (auto item = co_await q.next()) {
                co_await patio::sleep(1s);
                ++done;
                q.task_done();
            }
        };
        auto main = [&]() -> async<> {
            co_await put_all(q, 1, 5);
            co_await q.join();
            EXPECT_EQ(done, 5);
            q.shutdown();
        };
        co_await patio::gather(worker(), main());
    });
}

TEST(queue, is_joined_at_once_if_nothing_was_put) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        const auto before = patio::testing::turn();
        co_await q.join();
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(queue, refuses_more_done_items_than_were_put) {
    queue<int> q{1};
    EXPECT_TRUE(q.try_put(1));
    q.task_done();
    EXPECT_THROW(q.task_done(), patio::usage_error);
}

// --- shutdown

TEST(queue, takes_nothing_once_it_is_shut_down_but_gives_what_it_has) {
    patio::testing::run([]() -> async<> {
        queue<int> q{2};
        co_await q.put(1);
        q.shutdown();
        EXPECT_TRUE(q.is_shut_down());
        bool was_refused = false;
        try {
            co_await q.put(2);
        } catch (const queue_shut_down&) {
            was_refused = true;
        }
        EXPECT_TRUE(was_refused);
        EXPECT_THROW(static_cast<void>(q.try_put(2)), queue_shut_down);
        const int item = co_await q.get();
        EXPECT_EQ(item, 1);
        bool is_over = false;
        try {
            static_cast<void>(co_await q.get());
        } catch (const queue_shut_down&) {
            is_over = true;
        }
        EXPECT_TRUE(is_over);
        EXPECT_THROW(static_cast<void>(q.try_get()), queue_shut_down);
        const auto nothing = co_await q.next();
        EXPECT_FALSE(nothing.has_value());
    });
}

TEST(queue, wakes_everybody_when_it_is_shut_down) {
    patio::testing::run([]() -> async<> {
        queue<int> full{1};
        queue<int> empty{1};
        EXPECT_TRUE(full.try_put(0));
        std::string seen;
        auto putter = [&]() -> async<> {
            try {
                co_await full.put(1);
            } catch (const queue_shut_down&) {
                seen += 'p';
            }
        };
        auto getter = [&]() -> async<> {
            try {
                static_cast<void>(co_await empty.get());
            } catch (const queue_shut_down&) {
                seen += 'g';
            }
        };
        auto reader = [&]() -> async<> {
            const auto item = co_await empty.next();
            if (!item) seen += 'n';
        };
        auto closer = [&]() -> async<> {
            co_await patio::sleep(1s);
            full.shutdown();
            empty.shutdown();
        };
        co_await patio::gather(putter(), getter(), reader(), closer());
        EXPECT_EQ(seen, "pgn");
        EXPECT_EQ(full.size(), 1U);
    });
}

TEST(queue, drops_its_items_and_frees_its_joiners_when_it_is_shut_down_at_once) {
    patio::testing::run([]() -> async<> {
        queue<int> q{3};
        co_await put_all(q, 1, 3);
        auto joining = patio::create_task([&]() -> async<> { co_await q.join(); });
        co_await patio::yield();
        q.shutdown();
        EXPECT_EQ(q.size(), 3U);
        q.shutdown(shutdown_mode::immediate);
        EXPECT_TRUE(q.empty());
        EXPECT_EQ(q.unfinished(), 0U);
        co_await joining;
    });
}

TEST(queue, may_die_as_soon_as_it_was_shut_down) {
    patio::testing::run([]() -> async<> {
        auto q = std::make_unique<queue<int>>(1);
        bool is_over = false;
        auto getting = patio::create_task([&]() -> async<> {
            const auto item = co_await q->next();
            is_over = !item.has_value();
        });
        co_await patio::yield();
        q->shutdown();
        q.reset();
        co_await getting;
        EXPECT_TRUE(is_over);
    });
}

// --- cancellation

TEST(queue, passes_over_a_getter_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        std::string order;
        auto a = patio::create_task(get_one(q, order, 'a'));
        auto b = patio::create_task(get_one(q, order, 'b'));
        co_await patio::yield();
        a.cancel();
        co_await q.put(1);
        co_await b;
        EXPECT_TRUE(a.cancelled());
        EXPECT_EQ(order, "b1");
    });
}

TEST(queue, delivers_to_a_getter_that_is_cancelled_after_it_got_its_item) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        std::string order;
        auto a = patio::create_task(get_one(q, order, 'a'));
        co_await patio::yield();
        co_await q.put(1);
        a.cancel();
        co_await a;
        EXPECT_EQ(order, "a1");
    });
}

TEST(queue, destroys_the_item_of_a_putter_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        queue<std::shared_ptr<int>> q{1};
        auto item = std::make_shared<int>(1);
        EXPECT_TRUE(q.try_put(nullptr));
        auto putting = patio::create_task([&]() -> async<> { co_await q.put(item); });
        co_await patio::yield();
        EXPECT_EQ(item.use_count(), 2);
        putting.cancel();
        co_await patio::yield();
        EXPECT_TRUE(putting.cancelled());
        EXPECT_EQ(item.use_count(), 1);
        EXPECT_EQ(q.try_get(), nullptr);
        EXPECT_TRUE(q.empty());
    });
}

TEST(queue, keeps_the_item_of_a_putter_that_is_cancelled_after_it_came_in) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        auto putting = patio::create_task(put_all(q, 1, 2));
        co_await patio::yield();
        EXPECT_EQ(q.try_get(), 1);
        putting.cancel();
        co_await putting;
        EXPECT_EQ(q.try_get(), 2);
    });
}

TEST(queue, loses_nothing_when_a_throwing_scope_is_cancelled) {
    patio::testing::run([]() -> async<> {
        queue<int> q{1};
        auto body = [&]() -> async<> { static_cast<void>(co_await q.get()); };
        const bool done = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(done);
        EXPECT_EQ(q.getters_waiting(), 0U);
        EXPECT_TRUE(q.try_put(1));
        EXPECT_EQ(q.try_get(), 1);
    });
}

TEST(queue, loses_no_item_wherever_a_consumer_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        queue<int> q{2};
        std::vector<int> got;
        auto consumer = [&]() -> async<> {
            while (auto item = co_await q.next()) {
                got.push_back(*item);
                co_await patio::yield();
            }
        };
        auto producer = [&]() -> async<> {
            co_await put_all(q, 1, 6);
            co_await patio::yield();
            co_await put_all(q, 7, 8);
            q.shutdown();
        };
        co_await patio::gather(probe.cancelled(consumer()), consumer(), producer());
        std::sort(got.begin(), got.end());
        EXPECT_EQ(got, (std::vector{1, 2, 3, 4, 5, 6, 7, 8}));
    });
}

TEST(queue, loses_no_item_wherever_a_producer_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        queue<int> q{2};
        std::vector<int> got;
        int put = 0;
        auto producer = [&]() -> async<> {
            for (int i = 1; i <= 6; ++i) {
                co_await q.put(i);
                ++put;
            }
        };
        auto consumer = [&]() -> async<> {
            while (auto item = co_await q.next()) {
                got.push_back(*item);
                co_await patio::sleep(1s);
            }
        };
        auto closer = [&]() -> async<> {
            co_await probe.cancelled(producer());
            q.shutdown();
        };
        co_await patio::gather(closer(), consumer());
        EXPECT_EQ(got.size(), static_cast<std::size_t>(put));
        for (std::size_t i = 0; i < got.size(); ++i)
            EXPECT_EQ(got[i], static_cast<int>(i) + 1);
    });
}

TEST(queue, leaves_nobody_behind_wherever_everything_is_cancelled) {
    queue<int> q{1};
    patio::testing::cancel_everywhere([&]() -> async<> {
        std::vector<int> got;
        while (q.try_get()) {}
        co_await patio::gather(put_all(q, 1, 4), get_some(q, got, 2), get_some(q, got, 2));
    });
    EXPECT_EQ(q.getters_waiting(), 0U);
    EXPECT_EQ(q.putters_waiting(), 0U);
}

TEST(queue, lets_others_run_in_a_loop_of_a_million_ready_operations) {
    patio::testing::run([]() -> async<> {
        queue<int> q{2};
        int turns_of_other = 0;
        bool is_over = false;
        auto greedy = [&]() -> async<> {
            for (int i = 0; i < 500'000; ++i) {
                co_await q.put(i);
                static_cast<void>(co_await q.get());
            }
            is_over = true;
        };
        auto modest = [&]() -> async<> {
            while (!is_over) {
                ++turns_of_other;
                co_await patio::yield();
            }
        };
        co_await patio::gather(greedy(), modest());
        EXPECT_GE(turns_of_other, 1'000'000 / 128);
    });
}

}  // namespace
