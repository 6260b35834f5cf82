// SPDX-License-Identifier: MIT

#include <patio/core/sync/mutex.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::mutex;

static_assert(!std::is_copy_constructible_v<patio::mutex_guard>);
static_assert(std::is_nothrow_move_constructible_v<patio::mutex_guard>);
static_assert(std::is_trivially_destructible_v<mutex::lock_operation>);

async<> lock_and_note(mutex& m, std::string& order, char name) {
    auto guard = co_await m.lock();
    order += name;
}

async<> hold(mutex& m, patio::duration length) {
    auto guard = co_await m.lock();
    co_await patio::sleep(length);
}

TEST(mutex, excludes_others_across_a_wait) {
    patio::testing::run([]() -> async<> {
        mutex turn;
        int balance = 100;
        auto withdraw = [&](int amount) -> async<bool> {
            auto guard = co_await turn.lock();
            if (balance < amount) co_return false;
            co_await patio::sleep(1s);  // ask the bank; the balance must not change meanwhile
            balance -= amount;
            co_return true;
        };
        const auto [first, second] = co_await patio::gather(withdraw(70), withdraw(70));
        EXPECT_TRUE(first);
        EXPECT_FALSE(second);
        EXPECT_EQ(balance, 30);
    });
}

TEST(mutex, locks_without_a_turn_if_it_is_free) {
    patio::testing::run([]() -> async<> {
        mutex m;
        const auto before = patio::testing::turn();
        {
            auto guard = co_await m.lock();
            EXPECT_TRUE(m.is_locked());
            EXPECT_EQ(m.owner(), patio::current_task().block());
        }
        EXPECT_FALSE(m.is_locked());
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(mutex, serves_waiters_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        mutex m;
        std::string order;
        co_await patio::gather(hold(m, 1s), lock_and_note(m, order, 'a'),
                               lock_and_note(m, order, 'b'), lock_and_note(m, order, 'c'));
        EXPECT_EQ(order, "abc");
    });
}

TEST(mutex, is_handed_over_so_that_nobody_barges_in) {
    patio::testing::run([]() -> async<> {
        mutex m;
        std::string order;
        auto guard = co_await m.lock();
        auto waiting = patio::create_task(lock_and_note(m, order, 'a'));
        co_await patio::yield();
        guard.unlock();
        EXPECT_TRUE(m.is_locked());
        EXPECT_FALSE(m.try_lock().has_value());
        guard = co_await m.lock();
        order += 'm';
        EXPECT_EQ(order, "am");
    });
}

TEST(mutex, gives_nothing_to_try_lock_while_another_task_holds_it) {
    patio::testing::run([]() -> async<> {
        mutex m;
        auto holding = patio::create_task(hold(m, 1s));
        co_await patio::yield();
        EXPECT_FALSE(m.try_lock().has_value());
        co_await holding;
        const auto guard = m.try_lock();
        EXPECT_TRUE(guard.has_value());
    });
}

TEST(mutex, refuses_to_be_locked_twice_by_one_task) {
    patio::testing::run([]() -> async<> {
        mutex m;
        auto guard = co_await m.lock();
        bool was_refused = false;
        try {
            auto again = co_await m.lock();
        } catch (const patio::usage_error&) {
            was_refused = true;
        }
        EXPECT_TRUE(was_refused);
        EXPECT_THROW(static_cast<void>(m.try_lock()), patio::usage_error);
        EXPECT_TRUE(guard.owns_lock());
    });
}

TEST(mutex, refuses_try_lock_outside_of_a_task) {
    mutex m;
    EXPECT_THROW(static_cast<void>(m.try_lock()), patio::usage_error);
}

TEST(mutex, moves_with_its_guard) {
    patio::testing::run([]() -> async<> {
        mutex m;
        mutex other;
        auto lock = [](mutex& target) -> async<mutex::guard> {
            auto guard = co_await target.lock();
            co_return guard;
        };
        {
            auto guard = co_await lock(m);
            EXPECT_EQ(guard.mutex(), &m);
            EXPECT_TRUE(m.is_locked());
            guard = co_await lock(other);
            EXPECT_FALSE(m.is_locked());
            EXPECT_TRUE(other.is_locked());
            std::vector<mutex::guard> guards;
            guards.push_back(std::move(guard));
            EXPECT_FALSE(guard.owns_lock());  // NOLINT: that is what is tested
            EXPECT_TRUE(other.is_locked());
        }
        EXPECT_FALSE(other.is_locked());
    });
}

TEST(mutex, can_be_held_with_others_and_unlocked_in_any_order) {
    patio::testing::run([]() -> async<> {
        mutex a;
        mutex b;
        mutex c;
        auto first = co_await a.lock();
        auto second = co_await b.lock();
        auto third = co_await c.lock();
        second.unlock();
        first.unlock();
        EXPECT_TRUE(c.is_locked());
        third.unlock();
        auto again = co_await b.lock();
        EXPECT_FALSE(a.is_locked());
        EXPECT_TRUE(b.is_locked());
    });
}

TEST(mutex, can_be_waited_for_with_a_limit) {
    patio::testing::run([]() -> async<> {
        mutex m;
        auto holding = patio::create_task(hold(m, 10s));
        co_await patio::yield();
        bool has_timed_out = false;
        try {
            auto guard = co_await patio::timeout(1s, m.lock());
        } catch (const patio::timed_out&) {
            has_timed_out = true;
        }
        EXPECT_TRUE(has_timed_out);
        EXPECT_EQ(m.waiting(), 0U);
        auto guard = co_await patio::timeout(20s, m.lock());
        EXPECT_EQ(m.owner(), patio::current_task().block());
    });
}

// --- cancellation

TEST(mutex, passes_over_a_waiter_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        mutex m;
        std::string order;
        auto holding = patio::create_task(hold(m, 1s));
        auto a = patio::create_task(lock_and_note(m, order, 'a'));
        auto b = patio::create_task(lock_and_note(m, order, 'b'));
        co_await patio::yield();
        a.cancel();
        co_await b;
        EXPECT_TRUE(a.cancelled());
        EXPECT_EQ(order, "b");
    });
}

TEST(mutex, is_unlocked_by_the_unwinding_of_one_that_was_cancelled_after_the_hand_over) {
    patio::testing::run([]() -> async<> {
        mutex m;
        std::string order;
        auto guard = co_await m.lock();
        auto next = patio::create_task([&]() -> async<> {
            auto mine = co_await m.lock();
            order += 'a';
            co_await patio::yield();
            order += '!';
        });
        auto last = patio::create_task(lock_and_note(m, order, 'b'));
        co_await patio::yield();
        guard.unlock();
        next.cancel();
        co_await last;
        EXPECT_EQ(order, "ab");
        EXPECT_TRUE(next.cancelled());
    });
}

TEST(mutex, is_unlocked_when_its_holder_is_cancelled) {
    patio::testing::run([]() -> async<> {
        mutex m;
        std::string order;
        auto holding = patio::create_task(hold(m, 100s));
        auto waiting = patio::create_task(lock_and_note(m, order, 'a'));
        co_await patio::yield();
        holding.cancel();
        co_await waiting;
        EXPECT_EQ(order, "a");
    });
}

TEST(mutex, leaves_the_line_when_a_throwing_scope_is_cancelled) {
    patio::testing::run([]() -> async<> {
        mutex m;
        auto holding = patio::create_task(hold(m, 10s));
        co_await patio::yield();
        bool has_thrown = false;
        auto body = [&]() -> async<> {
            try {
                auto guard = co_await m.lock();
            } catch (const patio::cancelled&) {
                has_thrown = true;
                throw;
            }
        };
        const bool done = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(done);
        EXPECT_TRUE(has_thrown);
        EXPECT_EQ(m.waiting(), 0U);
        co_await holding;
    });
}

TEST(mutex, is_free_in_the_end_wherever_one_of_three_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        mutex m;
        std::string order;
        auto victim = [&]() -> async<> {
            auto guard = co_await m.lock();
            co_await patio::yield();
            co_await patio::sleep(1s);
        };
        co_await patio::gather(hold(m, 1s), probe.cancelled(victim()),
                               lock_and_note(m, order, 'c'));
        EXPECT_EQ(order, "c");
        EXPECT_FALSE(m.is_locked());
    });
}

TEST(mutex, is_free_in_the_end_wherever_everything_is_cancelled) {
    mutex m;
    std::string order;
    patio::testing::cancel_everywhere([&]() -> async<> {
        co_await patio::gather(hold(m, 1s), lock_and_note(m, order, 'a'), hold(m, 0s));
    });
    EXPECT_FALSE(m.is_locked());
    EXPECT_EQ(m.waiting(), 0U);
}

// --- owners that end

class broken_mutex : public testing::Test {
protected:
    patio::testing::run_options kept() {
        patio::testing::run_options options;
        options.keep_reports(reports);
        return options;
    }

    std::vector<patio::testing::kept_report> reports;
};

TEST_F(broken_mutex, is_reported_with_the_task_that_ended) {
    patio::testing::run(
        []() -> async<> {
            mutex m;
            auto careless = [&]() -> async<mutex::guard> { co_return co_await m.lock(); };
            auto task = patio::create_task(careless);
            task.set_name("careless");
            const auto& guard = co_await task;
            EXPECT_FALSE(guard.owns_lock());
            EXPECT_FALSE(m.is_locked());
            EXPECT_TRUE(m.is_broken());
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
    for (const auto& report : reports) {
        EXPECT_EQ(report.kind, patio::report_kind::broken_lock);
        EXPECT_EQ(report.task, "careless");
        EXPECT_NE(report.text.find("task 'careless' ended while it held a mutex"),
                  std::string::npos);
    }
}

TEST_F(broken_mutex, throws_at_those_who_wait_and_those_who_come_later) {
    patio::testing::run(
        []() -> async<> {
            mutex m;
            std::unique_ptr<mutex::guard> outside;
            std::string seen;
            auto careless = [&]() -> async<> {
                auto guard = co_await m.lock();
                co_await patio::sleep(1s);
                outside = std::make_unique<mutex::guard>(std::move(guard));
            };
            auto waiting = [&](char name) -> async<> {
                try {
                    auto guard = co_await m.lock();
                } catch (const patio::broken_lock& error) {
                    seen += name;
                    EXPECT_NE(std::string{error.what()}.find("ended while it held a mutex"),
                              std::string::npos);
                }
            };
            co_await patio::gather(careless(), waiting('a'), waiting('b'));
            co_await waiting('c');
            EXPECT_EQ(seen, "abc");
            EXPECT_THROW(static_cast<void>(m.try_lock()), patio::broken_lock);
            EXPECT_FALSE(outside->owns_lock());
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
    for (const auto& report : reports) {
        EXPECT_NE(report.text.find("2 tasks wait for"), std::string::npos) << report.text;
    }
}

TEST_F(broken_mutex, may_die_before_the_guard_that_broke_it) {
    patio::testing::run(
        []() -> async<> {
            auto m = std::make_unique<mutex>();
            std::optional<mutex::guard> outside;
            auto task = patio::create_task([&]() -> async<> { outside = co_await m->lock(); });
            co_await task;
            m.reset();
            EXPECT_FALSE(outside->owns_lock());
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
}

TEST_F(broken_mutex, is_broken_also_by_a_task_that_was_cancelled) {
    patio::testing::run(
        []() -> async<> {
            mutex m;
            mutex other;
            std::vector<mutex::guard> outside;
            auto task = patio::create_task([&]() -> async<> {
                outside.push_back(co_await m.lock());
                outside.push_back(co_await other.lock());
                co_await patio::sleep(100s);
            });
            co_await patio::yield();
            task.cancel();
            co_await patio::yield();
            EXPECT_TRUE(m.is_broken());
            EXPECT_TRUE(other.is_broken());
        },
        kept());
    EXPECT_EQ(reports.size(), 2U);
}

TEST(mutex, lets_others_run_when_it_is_always_free) {
    patio::testing::run([]() -> async<> {
        mutex m;
        bool has_run = false;
        int locks = 0;
        auto greedy = [&]() -> async<> {
            while (!has_run && locks < 1'000'000) {
                auto guard = co_await m.lock();
                ++locks;
            }
        };
        auto modest = [&]() -> async<> {
            has_run = true;
            co_return;
        };
        co_await patio::gather(greedy(), modest());
        EXPECT_LE(locks, 1000);
    });
}

}  // namespace
