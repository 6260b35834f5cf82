// SPDX-License-Identifier: MIT

// Cases of CPython's test_locks, and of trio's and anyio's tests of locks, semaphores and limiters,
// by their names there. The comment says what Patio does otherwise, if it does.

#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/condition.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/semaphore.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::settle;
using patio::async;
using patio::barrier;
using patio::event;
using patio::mutex;
using patio::semaphore;
using patio::task;

// --- LockTests

async<> lock_and_note(mutex& lock, std::vector<int>& result, int name) {
    auto guard = co_await lock.lock();
    result.push_back(name);
    co_await patio::yield();
}

TEST(lock_tests, test_acquire) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        std::vector<int> result;
        auto guard = co_await lock.lock();
        auto first = patio::create_task(lock_and_note(lock, result, 1));
        auto second = patio::create_task(lock_and_note(lock, result, 2));
        auto third = patio::create_task(lock_and_note(lock, result, 3));
        co_await settle();
        EXPECT_TRUE(result.empty());
        guard.unlock();
        co_await third;
        EXPECT_EQ(result, (std::vector{1, 2, 3}));
        EXPECT_TRUE(first.done());
        EXPECT_TRUE(second.done());
        EXPECT_FALSE(lock.is_locked());
    });
}

TEST(lock_tests, test_acquire_cancel) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        std::vector<int> result;
        auto guard = co_await lock.lock();
        auto waiting = patio::create_task(lock_and_note(lock, result, 1));
        co_await settle();
        waiting.cancel();
        co_await settle();
        EXPECT_TRUE(waiting.cancelled());
        EXPECT_EQ(lock.waiting(), 0U);
    });
}

// A and the release, then B is cancelled: the lock must come to C.
TEST(lock_tests, test_cancel_race) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        std::vector<int> result;
        auto a = co_await lock.lock();
        auto b = patio::create_task(lock_and_note(lock, result, 2));
        auto c = patio::create_task(lock_and_note(lock, result, 3));
        co_await settle();
        b.cancel();
        a.unlock();
        co_await settle();
        EXPECT_TRUE(b.cancelled());
        EXPECT_TRUE(c.done());
        EXPECT_EQ(result, (std::vector{3}));
        EXPECT_FALSE(lock.is_locked());
    });
}

// Patio: what was handed over is kept. The first one runs until it waits again, and its unwinding
// unlocks.
TEST(lock_tests, test_finished_waiter_cancelled) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        std::vector<int> result;
        auto guard = co_await lock.lock();
        auto first = patio::create_task(lock_and_note(lock, result, 1));
        auto second = patio::create_task(lock_and_note(lock, result, 2));
        co_await settle();
        guard.unlock();  // wakes the first one …
        first.cancel();  // … which is cancelled before it runs
        co_await settle();
        EXPECT_TRUE(first.cancelled());
        EXPECT_TRUE(second.done());
        EXPECT_EQ(result, (std::vector{1, 2}));
        EXPECT_FALSE(lock.is_locked());
    });
}

// --- EventTests

TEST(event_tests, test_wait) {
    patio::testing::run([]() -> async<> {
        event ready;
        std::vector<int> result;
        const auto wait = [&](int name) -> async<> {
            co_await ready.wait();
            result.push_back(name);
        };
        auto first = patio::create_task(wait, 1);
        auto second = patio::create_task(wait, 2);
        co_await settle();
        EXPECT_TRUE(result.empty());
        auto third = patio::create_task(wait, 3);
        ready.set();
        co_await settle();
        EXPECT_EQ(result, (std::vector{3, 1, 2}));
        EXPECT_TRUE(first.done() && second.done() && third.done());
    });
}

TEST(event_tests, test_clear_with_waiters) {
    patio::testing::run([]() -> async<> {
        event ready;
        int passed = 0;
        auto waiting = patio::create_task([&]() -> async<> {
            co_await ready.wait();
            ++passed;
        });
        co_await settle();
        ready.set();
        ready.clear();
        EXPECT_FALSE(ready.is_set());
        ready.set();
        ready.set();
        co_await settle();
        EXPECT_EQ(passed, 1);
        EXPECT_EQ(ready.waiting(), 0U);
        EXPECT_TRUE(waiting.done());
    });
}

// --- SemaphoreTests

/// What `sem.acquire()` alone does there: the permit is kept when the task has ended.
async<> acquire(semaphore& seats) {
    auto permit = co_await seats.acquire();
    permit.forget();
}

async<> acquire_and_note(semaphore& seats, std::vector<int>& result, int name) {
    co_await acquire(seats);
    result.push_back(name);
}

TEST(semaphore_tests, test_acquire_cancel_before_awoken) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        auto first = patio::create_task(acquire(seats));
        auto second = patio::create_task(acquire(seats));
        auto third = patio::create_task(acquire(seats));
        auto fourth = patio::create_task(acquire(seats));
        co_await settle();
        first.cancel();
        second.cancel();
        seats.release();
        co_await settle();
        EXPECT_TRUE(third.done());
        EXPECT_FALSE(fourth.done());
        fourth.cancel();
        co_await settle();
    });
}

TEST(semaphore_tests, test_acquire_hang) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        auto first = patio::create_task(acquire(seats));
        auto second = patio::create_task(acquire(seats));
        co_await settle();
        first.cancel();
        seats.release();
        co_await settle();
        EXPECT_TRUE(seats.locked());
        EXPECT_TRUE(second.done());
    });
}

// Patio: the permit has been handed over when the cancellation comes, so the second one goes in,
// and gives it back when it leaves.
TEST(semaphore_tests, test_acquire_no_hang) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        task<> second;
        bool has_gone_in = false;
        auto first = patio::create_task([&]() -> async<> {
            {
                auto permit = co_await seats.acquire();
                co_await patio::yield();
            }
            second.cancel();
        });
        second = patio::create_task([&]() -> async<> {
            auto permit = co_await seats.acquire();
            has_gone_in = true;
            co_await patio::yield();
            ADD_FAILURE() << "went on after a suspension";
        });
        co_await first;
        co_await settle();
        EXPECT_TRUE(has_gone_in);
        EXPECT_TRUE(second.cancelled());
        auto permit = co_await patio::timeout(1s, seats.acquire());
        EXPECT_EQ(permit.count(), 1U);
    });
}

TEST(semaphore_tests, test_acquire_fifo_order) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string result;
        const auto twice = [&](char tag) -> async<> {
            for (int round = 1; round <= 2; ++round) {
                auto permit = co_await seats.acquire();
                result += tag + std::to_string(round);
                co_await patio::sleep(10ms);
            }
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (const char tag : {'a', 'b', 'c'})
                group.spawn(twice, tag);
            co_return;
        });
        EXPECT_EQ(result, "a1b1c1a2b2c2");
    });
}

// Patio: the two permits belong to 2 and 3 when they are released, so the one that 2 gives back is
// free, and 2 takes it again without waiting for 3 to run.
TEST(semaphore_tests, test_acquire_fifo_order_2) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::vector<int> result;
        const auto second = [&]() -> async<> {
            co_await acquire_and_note(seats, result, 2);
            seats.release();
            co_await acquire_and_note(seats, result, 4);
        };
        const auto releaser = [&]() -> async<> {
            co_await patio::yield();
            seats.release();
            seats.release();
        };
        co_await patio::gather(acquire_and_note(seats, result, 1), second(),
                               acquire_and_note(seats, result, 3), releaser());
        EXPECT_EQ(result, (std::vector{1, 2, 4, 3}));
    });
}

TEST(semaphore_tests, test_acquire_fifo_order_3) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        std::vector<int> result;
        auto first = patio::create_task(acquire_and_note(seats, result, 1));
        auto second = patio::create_task(acquire_and_note(seats, result, 2));
        auto third = patio::create_task(acquire_and_note(seats, result, 3));
        co_await settle();
        first.cancel();
        co_await settle();
        seats.release();
        seats.release();
        co_await settle();
        EXPECT_TRUE(first.cancelled() && second.done() && third.done());
        EXPECT_EQ(result, (std::vector{2, 3}));
    });
}

// Patio: a permit goes to the waiter when it is released. What is left over is free, so those who
// come in the same turn take it at once and run on, before the waiter that was woken.
TEST(semaphore_tests, test_acquire_fifo_order_4) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        std::vector<int> result;
        const auto second = [&]() -> async<> {
            seats.release(3);
            EXPECT_EQ(seats.available(), 2U);
            EXPECT_FALSE(seats.locked());
            co_await acquire_and_note(seats, result, 2);
        };
        const auto third = [&]() -> async<> {
            co_await acquire_and_note(seats, result, 3);
            EXPECT_TRUE(seats.locked());
        };
        co_await patio::gather(acquire_and_note(seats, result, 1), second(), third());
        EXPECT_EQ(result, (std::vector{2, 3, 1}));
    });
}

// --- BarrierTests

/// What a party logs: its name when it passed, with a "!" if the barrier broke.
async<> party(barrier& gate, std::string& log, char name) {
    try {
        co_await gate.wait();
        log += name;
    } catch (const patio::broken_barrier&) {
        log += name + std::string{"!"};
    }
}

TEST(barrier_tests, test_filling_tasks_cancel_one) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string log;
        auto a = patio::create_task(party(gate, log, 'a'));
        auto b = patio::create_task(party(gate, log, 'b'));
        co_await settle();
        EXPECT_EQ(gate.waiting(), 2U);
        a.cancel();
        co_await settle();
        EXPECT_EQ(gate.waiting(), 1U);
        EXPECT_TRUE(a.cancelled());
        EXPECT_FALSE(gate.is_broken());
        auto c = patio::create_task(party(gate, log, 'c'));
        co_await settle();
        EXPECT_EQ(log, "");
        auto d = patio::create_task(party(gate, log, 'd'));
        co_await settle();
        EXPECT_TRUE(b.done() && c.done() && d.done());
        EXPECT_EQ(log, "dbc");
    });
}

// Patio has no draining: those who come while others pass wait for the next round already.
TEST(barrier_tests, test_reset_barrier_when_tasks_half_draining_half_blocking) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string log;
        std::vector<task<>> parties;
        for (const char name : {'a', 'b', 'c', 'd', 'e'}) {
            parties.push_back(patio::create_task(party(gate, log, name)));
        }
        parties.push_back(patio::create_task([&]() -> async<> {
            EXPECT_EQ(gate.waiting(), 2U);  // d and e; a and b are awake and have not run
            gate.reset();
            co_return;
        }));
        co_await settle();
        EXPECT_EQ(log, "cabd!e!");
        EXPECT_FALSE(gate.is_broken());
        EXPECT_EQ(gate.waiting(), 0U);
    });
}

TEST(barrier_tests, test_abort_barrier) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string log;
        const auto aborts = [&]() -> async<> {
            gate.abort();
            co_return;
        };
        co_await patio::gather(party(gate, log, 'a'), party(gate, log, 'b'), aborts());
        EXPECT_EQ(log, "a!b!");
        EXPECT_TRUE(gate.is_broken());
        EXPECT_EQ(gate.waiting(), 0U);
        co_await party(gate, log, 'c');
        EXPECT_EQ(log, "a!b!c!");
    });
}

TEST(barrier_tests, test_abort_barrier_when_tasks_half_draining_half_blocking) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string log;
        const auto aborts = [&]() -> async<> {
            gate.abort();
            co_return;
        };
        co_await patio::gather(party(gate, log, 'a'), party(gate, log, 'b'), party(gate, log, 'c'),
                               party(gate, log, 'd'), aborts());
        EXPECT_EQ(log, "cabd!");
        EXPECT_TRUE(gate.is_broken());
    });
}

TEST(barrier_tests, test_abort_barrier_when_exception) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string log;
        const auto fails = [&]() -> async<> {
            try {
                throw std::runtime_error{"no third party"};
            } catch (const std::runtime_error&) {
                gate.abort();
            }
            co_return;
        };
        co_await patio::gather(party(gate, log, 'a'), party(gate, log, 'b'), fails());
        EXPECT_EQ(log, "a!b!");
        EXPECT_TRUE(gate.is_broken());
    });
}

TEST(barrier_tests, test_abort_barrier_when_exception_then_resetting) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string log;
        auto a = patio::create_task(party(gate, log, 'a'));
        co_await settle();
        gate.abort();
        co_await settle();
        EXPECT_EQ(log, "a!");
        EXPECT_TRUE(a.done());
        gate.reset();
        EXPECT_FALSE(gate.is_broken());
        co_await patio::gather(party(gate, log, 'b'), party(gate, log, 'c'));
        EXPECT_EQ(log, "a!cb");
    });
}

// --- anyio: TestLock, TestSemaphore, TestCapacityLimiter

// Patio: a turn that was given already is taken, so the first one ends by itself.
TEST(anyio_test_lock, test_asyncio_deadlock) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        const auto acquire_lock = [&]() -> async<> {
            auto guard = co_await lock.lock();
            co_await patio::yield();
        };
        auto first = patio::create_task(acquire_lock);
        auto second = patio::create_task(acquire_lock);
        co_await patio::yield();
        first.cancel();
        co_await patio::timeout(1s, second);
        EXPECT_TRUE(first.done());
        EXPECT_FALSE(lock.is_locked());
    });
}

// Patio: the waiter has the lock, runs, and unlocks; whoever waits behind it is not forgotten.
TEST(anyio_test_lock, test_cancel_after_release) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        bool has_run = false;
        auto guard = co_await lock.lock();
        auto waiting = patio::create_task([&]() -> async<> {
            auto mine = co_await lock.lock();
            has_run = true;
        });
        co_await settle();
        guard.unlock();
        waiting.cancel();
        auto again = co_await patio::timeout(1s, lock.lock());
        EXPECT_TRUE(has_run);
        EXPECT_TRUE(again.owns_lock());
    });
}

TEST(anyio_test_lock, test_cancelled_after_acquire) {
    patio::testing::run([]() -> async<> {
        mutex lock;
        auto guard = co_await lock.lock();
        auto waiting = patio::create_task([&]() -> async<> {
            auto mine = co_await lock.lock();
            co_await patio::sleep(1h);
        });
        co_await settle();
        guard.unlock();
        EXPECT_EQ(lock.owner(), waiting.block());
        waiting.cancel();
        co_await settle();
        EXPECT_TRUE(waiting.cancelled());
        EXPECT_FALSE(lock.is_locked());
    });
}

TEST(anyio_test_semaphore, test_acquire_race) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        bool has_acquired = false;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            auto permit = co_await seats.acquire();
            group.spawn([&]() -> async<> {
                auto mine = co_await seats.acquire();
                has_acquired = true;
            });
            co_await settle();
            permit.release();
            const auto stolen = seats.try_acquire();  // the slot is the waiter's already
            EXPECT_FALSE(stolen.has_value());
            EXPECT_FALSE(has_acquired);
        });
        EXPECT_TRUE(has_acquired);
    });
}

TEST(anyio_test_capacity_limiter, test_ordered_queue) {
    patio::testing::run([]() -> async<> {
        semaphore limiter{1};
        std::vector<int> result;
        const auto append = [&](int value) -> async<> {
            auto permit = co_await limiter.acquire();
            result.push_back(value);
        };
        auto permit = co_await limiter.acquire();
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int i = 0; i < 10; ++i)
                group.spawn(append, i);
            co_await settle();
            EXPECT_TRUE(result.empty());
            permit.release();
        });
        EXPECT_EQ(result, (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    });
}

TEST(anyio_test_capacity_limiter, test_nowait_acquire_after_release_does_not_oversubscribe) {
    patio::testing::run([]() -> async<> {
        semaphore limiter{1};
        int borrowed = 0;
        auto permit = co_await limiter.acquire();
        const auto borrow = [&]() -> async<> {
            auto mine = co_await limiter.acquire();
            EXPECT_EQ(++borrowed, 1);
            co_await patio::yield();
            --borrowed;
        };
        auto first = patio::create_task(borrow);
        auto second = patio::create_task(borrow);
        co_await settle();
        permit.release();
        EXPECT_FALSE(limiter.try_acquire().has_value());
        co_await first;
        co_await second;
        EXPECT_EQ(limiter.available(), 1U);
    });
}

TEST(anyio_test_capacity_limiter, test_increase_tokens_lets_others_acquire) {
    patio::testing::run([]() -> async<> {
        semaphore limiter{1};
        std::vector<int> entered;
        event leave;
        const auto borrow = [&](int name) -> async<> {
            auto permit = co_await limiter.acquire();
            entered.push_back(name);
            co_await leave.wait();
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int i = 0; i < 4; ++i)
                group.spawn(borrow, i);
            co_await settle();
            EXPECT_EQ(entered, (std::vector{0}));
            limiter.release(2);
            co_await settle();
            EXPECT_EQ(entered, (std::vector{0, 1, 2}));
            leave.set();
        });
        EXPECT_EQ(entered.size(), 4U);
    });
}

}  // namespace
