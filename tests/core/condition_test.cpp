// SPDX-License-Identifier: MIT

#include <patio/core/sync/condition.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::condition;
using patio::mutex;

static_assert(std::is_trivially_destructible_v<condition::wait_operation>);

/// A mutex, a condition, and what the waiters do.
struct shared {
    mutex m;
    condition changed;
    std::string order;

    async<> wait_and_note(char name) {
        auto guard = co_await m.lock();
        co_await changed.wait(guard);
        EXPECT_EQ(m.owner(), patio::current_task().block());
        order += name;
    }
    async<> notify(std::size_t count) {
        auto guard = co_await m.lock();
        changed.notify(count);
    }
};

TEST(condition, lets_a_task_wait_until_shared_state_is_as_it_needs_it) {
    patio::testing::run([]() -> async<> {
        mutex door;
        condition changed;
        int seats_free = 1;
        auto seat = [&](int guests) -> async<> {
            auto guard = co_await door.lock();
            co_await changed.wait(guard, [&] { return seats_free >= guests; });
            seats_free -= guests;
        };
        auto leave = [&](int guests) -> async<> {
            auto guard = co_await door.lock();
            seats_free += guests;
            changed.notify_all();
        };
        auto clear_tables = [&]() -> async<> {
            for (int i = 0; i < 3; ++i) {
                co_await patio::sleep(1s);
                co_await leave(1);
            }
        };
        const auto start = patio::now();
        co_await patio::gather(seat(4), clear_tables());
        EXPECT_EQ(patio::now() - start, patio::duration{3s});
        EXPECT_EQ(seats_free, 0);
    });
}

TEST(condition, unlocks_while_it_waits_and_locks_again) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto waiting = patio::create_task(s.wait_and_note('a'));
        co_await patio::yield();
        EXPECT_FALSE(s.m.is_locked());
        EXPECT_EQ(s.changed.waiting(), 1U);
        s.changed.notify_one();
        EXPECT_EQ(s.m.owner(), waiting.block());
        co_await waiting;
        EXPECT_EQ(s.order, "a");
        EXPECT_FALSE(s.m.is_locked());
    });
}

TEST(condition, wakes_as_many_as_it_is_told_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        shared s;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (const char name : {'a', 'b', 'c', 'd', 'e'})
                group.spawn(s.wait_and_note(name));
            co_await patio::sleep(1s);
            co_await s.notify(1);
            co_await patio::sleep(1s);
            EXPECT_EQ(s.order, "a");
            co_await s.notify(2);
            co_await patio::sleep(1s);
            EXPECT_EQ(s.order, "abc");
            s.changed.notify_all();
        });
        EXPECT_EQ(s.order, "abcde");
    });
}

TEST(condition, forgets_a_notification_for_which_nobody_waits) {
    patio::testing::run([]() -> async<> {
        shared s;
        s.changed.notify_all();
        const bool was_notified = co_await patio::move_on_after(1s, s.wait_and_note('a'));
        EXPECT_FALSE(was_notified);
    });
}

TEST(condition, makes_a_notified_task_wait_for_the_mutex) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto waiting = patio::create_task(s.wait_and_note('a'));
        co_await patio::yield();
        {
            auto guard = co_await s.m.lock();
            s.changed.notify_one();
            co_await patio::sleep(1s);
            EXPECT_EQ(s.order, "");
        }
        co_await waiting;
        EXPECT_EQ(s.order, "a");
    });
}

TEST(condition, does_not_wait_if_the_predicate_is_true) {
    patio::testing::run([]() -> async<> {
        mutex m;
        condition changed;
        auto guard = co_await m.lock();
        const auto before = patio::testing::turn();
        co_await changed.wait(guard, [] { return true; });
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(condition, lets_the_exception_of_a_predicate_through_with_the_mutex_locked) {
    patio::testing::run([]() -> async<> {
        mutex m;
        condition changed;
        auto guard = co_await m.lock();
        bool has_thrown = false;
        try {
            co_await changed.wait(guard, []() -> bool { throw 1; });
        } catch (int) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        EXPECT_TRUE(guard.owns_lock());
    });
}

TEST(condition, refuses_a_guard_without_the_mutex) {
    patio::testing::run([]() -> async<> {
        mutex m;
        condition changed;
        auto guard = co_await m.lock();
        guard.unlock();
        bool was_refused = false;
        try {
            co_await changed.wait(guard);
        } catch (const patio::usage_error&) {
            was_refused = true;
        }
        EXPECT_TRUE(was_refused);
    });
}

TEST(condition, refuses_a_second_mutex_while_somebody_waits_with_a_first) {
    patio::testing::run([]() -> async<> {
        shared s;
        mutex other;
        auto waiting = patio::create_task(s.wait_and_note('a'));
        co_await patio::yield();
        auto guard = co_await other.lock();
        bool was_refused = false;
        try {
            co_await s.changed.wait(guard);
        } catch (const patio::usage_error&) {
            was_refused = true;
        }
        EXPECT_TRUE(was_refused);
        EXPECT_TRUE(guard.owns_lock());
        s.changed.notify_one();
        co_await waiting;
    });
}

// --- cancellation

TEST(condition, has_the_mutex_again_when_a_timeout_cuts_the_wait) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto guard = co_await s.m.lock();
        const bool was_notified = co_await patio::move_on_after(1s, s.changed.wait(guard));
        EXPECT_FALSE(was_notified);
        EXPECT_TRUE(guard.owns_lock());
        EXPECT_EQ(s.m.owner(), patio::current_task().block());
        EXPECT_EQ(s.changed.waiting(), 0U);
    });
}

TEST(condition, waits_for_the_mutex_before_a_timeout_returns) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto waiting = [&]() -> async<> {
            auto guard = co_await s.m.lock();
            const auto start = patio::now();
            const bool was_notified = co_await patio::move_on_after(1s, s.changed.wait(guard));
            EXPECT_FALSE(was_notified);
            EXPECT_EQ(s.m.owner(), patio::current_task().block());
            EXPECT_EQ(patio::now() - start, patio::duration{5s});
        };
        auto holding = [&]() -> async<> {
            auto guard = co_await s.m.lock();
            co_await patio::sleep(5s);
        };
        co_await patio::gather(waiting(), holding());
    });
}

TEST(condition, runs_the_destructors_of_a_cancelled_waiter_with_the_mutex_locked) {
    struct observer {
        explicit observer(mutex& watched, bool& saw_lock) : m{watched}, seen{saw_lock} {}
        observer(const observer&) = delete;
        observer& operator=(const observer&) = delete;
        ~observer() { seen = m.owner() == patio::current_task().block(); }
        mutex& m;
        bool& seen;
    };
    patio::testing::run([]() -> async<> {
        shared s;
        bool saw_lock = false;
        auto waiting = patio::create_task([&]() -> async<> {
            auto guard = co_await s.m.lock();
            observer look{s.m, saw_lock};
            co_await s.changed.wait(guard);
        });
        co_await patio::yield();
        waiting.cancel();
        co_await patio::yield();
        EXPECT_TRUE(waiting.cancelled());
        EXPECT_TRUE(saw_lock);
        EXPECT_FALSE(s.m.is_locked());
    });
}

TEST(condition, notifies_another_one_if_the_first_was_cancelled_before) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto a = patio::create_task(s.wait_and_note('a'));
        auto b = patio::create_task(s.wait_and_note('b'));
        co_await patio::yield();
        a.cancel();
        s.changed.notify_one();
        co_await b;
        EXPECT_TRUE(a.cancelled());
        EXPECT_EQ(s.order, "b");
    });
}

TEST(condition, completes_the_wait_of_one_that_is_cancelled_after_it_was_notified) {
    patio::testing::run([]() -> async<> {
        shared s;
        auto a = patio::create_task(s.wait_and_note('a'));
        co_await patio::yield();
        auto guard = co_await s.m.lock();
        s.changed.notify_one();
        a.cancel();
        co_await patio::sleep(1s);
        EXPECT_FALSE(a.done());
        guard.unlock();
        co_await a;
        EXPECT_EQ(s.order, "a");
    });
}

TEST(condition, has_the_mutex_when_a_throwing_scope_is_cancelled) {
    patio::testing::run([]() -> async<> {
        shared s;
        bool has_thrown = false;
        auto body = [&]() -> async<> {
            auto guard = co_await s.m.lock();
            try {
                co_await s.changed.wait(guard);
            } catch (const patio::cancelled&) {
                has_thrown = guard.owns_lock() && s.m.owner() == patio::current_task().block();
                throw;
            }
        };
        const bool done = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(done);
        EXPECT_TRUE(has_thrown);
        EXPECT_FALSE(s.m.is_locked());
    });
}

TEST(condition, loses_no_notification_wherever_a_waiter_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        mutex m;
        condition changed;
        int items = 0;
        int taken = 0;
        auto take = [&]() -> async<> {
            auto guard = co_await m.lock();
            co_await changed.wait(guard, [&] { return items > 0; });
            --items;
            ++taken;
        };
        auto make = [&]() -> async<> {
            for (int i = 0; i < 2; ++i) {
                co_await patio::sleep(1s);
                auto guard = co_await m.lock();
                ++items;
                changed.notify_one();
                co_await patio::yield();
            }
        };
        co_await patio::gather(probe.cancelled(take()), take(), make());
        EXPECT_EQ(taken + items, 2);
        EXPECT_GE(taken, 1);
        EXPECT_FALSE(m.is_locked());
    });
}

TEST(condition, leaves_nobody_behind_wherever_everything_is_cancelled) {
    shared s;
    patio::testing::cancel_everywhere([&]() -> async<> {
        auto notify_all = [&]() -> async<> {
            co_await patio::sleep(1s);
            auto guard = co_await s.m.lock();
            s.changed.notify_all();
            co_await patio::sleep(1s);
        };
        co_await patio::gather(s.wait_and_note('a'), s.wait_and_note('b'), notify_all());
    });
    EXPECT_FALSE(s.m.is_locked());
    EXPECT_EQ(s.changed.waiting(), 0U);
}

// --- a mutex that breaks

class condition_with_a_broken_mutex : public testing::Test {
protected:
    /// Locks and ends.
    static async<> breaks(mutex& m, std::optional<mutex::guard>& outside) {
        outside = co_await m.lock();
        co_await patio::sleep(1s);
    }
    patio::testing::run_options kept() {
        patio::testing::run_options options;
        options.keep_reports(reports);
        return options;
    }
    std::vector<patio::testing::kept_report> reports;
};

TEST_F(condition_with_a_broken_mutex, tells_one_that_is_notified_later) {
    patio::testing::run(
        []() -> async<> {
            shared s;
            std::optional<mutex::guard> outside;
            bool was_told = false;
            auto waiting = patio::create_task([&]() -> async<> {
                auto guard = co_await s.m.lock();
                try {
                    co_await s.changed.wait(guard);
                } catch (const patio::broken_lock&) {
                    was_told = !guard.owns_lock();
                }
            });
            co_await patio::yield();
            auto breaking = patio::create_task(breaks(s.m, outside));
            co_await breaking;
            s.changed.notify_one();
            co_await waiting;
            EXPECT_TRUE(was_told);
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
}

TEST_F(condition_with_a_broken_mutex, tells_one_that_waits_for_the_mutex_already) {
    patio::testing::run(
        []() -> async<> {
            shared s;
            std::optional<mutex::guard> outside;
            bool was_told = false;
            auto waiting = patio::create_task([&]() -> async<> {
                auto guard = co_await s.m.lock();
                try {
                    co_await s.changed.wait(guard);
                } catch (const patio::broken_lock&) {
                    was_told = !guard.owns_lock();
                }
            });
            co_await patio::yield();
            auto breaking = patio::create_task(breaks(s.m, outside));
            co_await patio::yield();
            s.changed.notify_one();
            co_await breaking;
            co_await waiting;
            EXPECT_TRUE(was_told);
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
}

TEST_F(condition_with_a_broken_mutex, has_emptied_the_guard_that_came_back_from_a_wait) {
    patio::testing::run(
        []() -> async<> {
            shared s;
            std::optional<mutex::guard> outside;
            auto waiting = patio::create_task([&]() -> async<> {
                outside = co_await s.m.lock();
                co_await s.changed.wait(*outside);
            });
            co_await patio::yield();
            s.changed.notify_one();
            co_await waiting;
            EXPECT_TRUE(s.m.is_broken());
            EXPECT_FALSE(outside->owns_lock());
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
}

TEST_F(condition_with_a_broken_mutex, lets_a_cancelled_waiter_go_without_the_mutex) {
    patio::testing::run(
        []() -> async<> {
            shared s;
            std::optional<mutex::guard> outside;
            auto waiting = patio::create_task(s.wait_and_note('a'));
            co_await patio::yield();
            auto breaking = patio::create_task(breaks(s.m, outside));
            co_await patio::yield();
            waiting.cancel();
            co_await patio::yield();
            EXPECT_FALSE(waiting.done());
            co_await breaking;
            co_await patio::yield();
            EXPECT_TRUE(waiting.cancelled());
            EXPECT_EQ(s.order, "");
        },
        kept());
    EXPECT_EQ(reports.size(), 1U);
}

}  // namespace
