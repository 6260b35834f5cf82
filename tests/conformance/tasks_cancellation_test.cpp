// SPDX-License-Identifier: MIT

// Cases of CPython's test_tasks about the cancellation of tasks, by their names there. The comment
// says what Patio does otherwise, if it does.

#include <patio/core/task.hpp>

#include <patio/core/cancelled.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/debug/dump_tasks.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::settle;
using patio::async;
using patio::duration;
using patio::event;
using patio::time_point;
using patio::testing::kept_report;

async<> nap(duration length) { co_await patio::sleep(length); }

/// Why `joined` was cancelled, as its awaiter is told.
template <class T>
async<std::string> reason_of(patio::task<T> joined) {
    try {
        co_await joined;
    } catch (const patio::task_cancelled& error) {
        co_return error.reason();
    }
    co_return "not cancelled";
}

TEST(base_task_tests, test_cancel) {
    patio::testing::run([]() -> async<> {
        bool has_slept = false;
        const auto sleeps = [&]() -> async<int> {
            co_await patio::sleep(10s);
            has_slept = true;
            co_return 12;
        };
        const auto task = patio::create_task(sleeps);
        patio::create_task([&]() -> async<> {
            EXPECT_TRUE(task.cancel());
            co_return;
        });
        bool was_thrown = false;
        try {
            co_await task;
        } catch (const patio::task_cancelled&) {
            was_thrown = true;
        }
        EXPECT_TRUE(was_thrown);
        EXPECT_TRUE(task.done());
        EXPECT_TRUE(task.cancelled());
        EXPECT_FALSE(task.cancel());
        EXPECT_FALSE(has_slept);
        EXPECT_EQ(patio::now(), time_point{});
    });
}

// Patio: requests are not counted. A second one finds that there is nothing to do and says so.
TEST(base_task_tests, test_cancelling) {
    patio::testing::run([]() -> async<> {
        const auto shown = [] { return std::string{patio::task_tree().c_str()}; };
        const auto task = patio::create_task(nap(10s));
        EXPECT_FALSE(task.cancelling());
        EXPECT_EQ(shown().find("being cancelled"), std::string::npos) << shown();
        EXPECT_TRUE(task.cancel());
        EXPECT_TRUE(task.cancelling());
        EXPECT_FALSE(task.done());
        EXPECT_NE(shown().find(", being cancelled by 'lambda in TestBody'"), std::string::npos)
            << shown();
        EXPECT_FALSE(task.cancel());
        EXPECT_TRUE(task.cancelling());
        const std::string reason = co_await reason_of(task);
        EXPECT_EQ(reason, "");
        EXPECT_FALSE(task.cancelling());
        EXPECT_TRUE(task.cancelled());
    });
}

// Patio: a timeout cancels its own scope and never the task, so there is no `uncancel()` and no
// rule to keep for those who write one. What follows from the rules there is checked here.

/// A request that takes `length` and may take `limit`; what follows it is not limited.
async<> request_with_timeout(std::string& log, duration length, duration limit) {
    const auto structured_block = [&]() -> async<> {
        co_await patio::sleep(length);
        log += "finished ";
    };
    const bool is_in_time = co_await patio::move_on_after(limit, structured_block());
    if (!is_in_time) log += "timed out ";
    EXPECT_FALSE(patio::current_task().cancelling());
    co_await patio::yield();
    log += "went on ";
}

TEST(base_task_tests, test_uncancel_structured_blocks) {
    patio::testing::run([]() -> async<> {
        std::string log;
        const auto late = patio::create_task(request_with_timeout(log, 10s, 100ms));
        co_await late;
        EXPECT_EQ(log, "timed out went on ");
        EXPECT_FALSE(late.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);

        log.clear();
        const auto in_time = patio::create_task(request_with_timeout(log, 0s, 10s));
        co_await in_time;
        EXPECT_EQ(log, "finished went on ");
        EXPECT_FALSE(in_time.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

TEST(base_task_tests, test_uncancel_structured_blocks_cancelled_from_outside) {
    patio::testing::run([]() -> async<> {
        std::string log;
        const auto task = patio::create_task(request_with_timeout(log, 10s, 100ms));
        co_await patio::sleep(50ms);
        task.cancel("from outside");
        const std::string reason = co_await reason_of(task);
        EXPECT_EQ(reason, "from outside");
        EXPECT_EQ(log, "");
        EXPECT_EQ(patio::now(), time_point{} + 50ms);
    });
}

TEST(base_task_tests, test_uncancel_structured_blocks_failing_in_time) {
    patio::testing::run([]() -> async<> {
        const auto fails = []() -> async<> {
            co_await patio::sleep(50ms);
            throw std::runtime_error{"connection lost"};
        };
        std::string seen;
        try {
            co_await patio::timeout(100ms, fails());
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "connection lost");
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::sleep(1s);  // the deadline is gone
        EXPECT_EQ(patio::now(), time_point{} + 1050ms);
    });
}

// Patio: nothing has to be taken back. What a runnable task has waited for has come, so it goes on,
// and a task that does not wait any more ends with its value.
TEST(base_task_tests, test_uncancel_resets_must_cancel) {
    patio::testing::run([]() -> async<> {
        event ready;
        const auto waits = [&]() -> async<int> {
            co_await ready.wait();
            co_return 42;
        };
        const auto task = patio::create_task(waits);
        co_await settle();
        EXPECT_EQ(ready.waiting(), 1U);
        ready.set();
        EXPECT_TRUE(task.cancel());
        EXPECT_TRUE(task.cancelling());
        const int result = co_await task;
        EXPECT_EQ(result, 42);
        EXPECT_FALSE(task.cancelled());
    });
}

// --- messages: here they are called reasons

TEST(base_task_tests, test_cancel_with_message_then_future_result) {
    patio::testing::run([]() -> async<> {
        const auto without = patio::create_task(nap(10s));
        const auto with = patio::create_task(nap(10s));
        co_await patio::yield();
        without.cancel();
        with.cancel("my message");
        const std::string no_reason = co_await reason_of(without);
        const std::string reason = co_await reason_of(with);
        const std::string once_more = co_await reason_of(with);
        EXPECT_EQ(no_reason, "");
        EXPECT_EQ(reason, "my message");
        EXPECT_EQ(once_more, "my message");
    });
}

TEST(base_task_tests, test_cancel_with_message_then_future_exception) {
    patio::testing::run([]() -> async<> {
        const auto task = patio::create_task(nap(10s));
        co_await patio::yield();
        task.cancel("my message");
        const auto [settled] = co_await patio::gather_settled(task);
        EXPECT_TRUE(settled.is_cancelled());
        std::string reason;
        std::string who;
        try {
            std::rethrow_exception(settled.error());
        } catch (const patio::task_cancelled& error) {
            reason = error.reason();
            who = error.cancelled_by();
        }
        EXPECT_EQ(reason, "my message");
        EXPECT_EQ(who, "lambda in TestBody");
    });
}

// Patio: the new task runs to its first suspension all the same.
TEST(base_task_tests, test_cancel_with_message_before_starting_task) {
    patio::testing::run([]() -> async<> {
        std::string log;
        const auto sleeps = [&]() -> async<> {
            log += "started ";
            co_await patio::sleep(10s);
            log += "slept ";
        };
        const auto task = patio::create_task(sleeps);
        task.cancel("my message");
        const std::string reason = co_await reason_of(task);
        EXPECT_EQ(reason, "my message");
        EXPECT_EQ(log, "started ");
    });
}

TEST(base_task_tests, test_cancellation_exception_context) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(nap(10s));
        const auto translates = [&]() -> async<> {
            try {
                co_await inner;
            } catch (const patio::task_cancelled&) {
                std::throw_with_nested(std::invalid_argument{"cancelled"});
            }
        };
        const auto outer = patio::create_task(translates);
        co_await settle();
        inner.cancel("msg");
        std::string seen;
        std::string cause;
        try {
            co_await outer;
        } catch (const std::invalid_argument& error) {
            seen = error.what();
            try {
                std::rethrow_if_nested(error);
            } catch (const patio::task_cancelled& nested) {
                cause = nested.reason();
            }
        }
        EXPECT_EQ(seen, "cancelled");
        EXPECT_EQ(cause, "msg");
        EXPECT_FALSE(outer.cancelled());
    });
}

// --- where the task waits

// Patio: a turn that was given already is used, the next one is not.
TEST(base_task_tests, test_cancel_yield) {
    patio::testing::run([]() -> async<> {
        int turns = 0;
        const auto yields = [&]() -> async<int> {
            co_await patio::yield();
            ++turns;
            co_await patio::yield();
            ++turns;
            co_return 12;
        };
        const auto task = patio::create_task(yields);
        co_await patio::yield();
        EXPECT_EQ(turns, 0);
        task.cancel();
        const std::string reason = co_await reason_of(task);
        EXPECT_EQ(reason, "");
        EXPECT_EQ(turns, 1);
        EXPECT_TRUE(task.done());
        EXPECT_TRUE(task.cancelled());
        EXPECT_FALSE(task.cancel());
    });
}

// Patio: that somebody else was cancelled is an ordinary failure. Who lets it pass has failed and
// was not cancelled.
TEST(base_task_tests, test_cancel_inner_future) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(nap(10s));
        const auto waits = [&]() -> async<int> {
            co_await inner;
            co_return 12;
        };
        const auto outer = patio::create_task(waits);
        co_await settle();
        inner.cancel("the inner one");
        const std::string reason = co_await reason_of(outer);
        EXPECT_EQ(reason, "the inner one");
        EXPECT_TRUE(inner.cancelled());
        EXPECT_TRUE(outer.done());
        EXPECT_FALSE(outer.cancelled());
    });
}

TEST(base_task_tests, test_cancel_both_task_and_inner_future) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(nap(10s));
        const auto waits = [&]() -> async<int> {
            co_await inner;
            co_return 12;
        };
        const auto outer = patio::create_task(waits);
        co_await settle();
        inner.cancel("the inner one");
        outer.cancel("the outer one");
        const std::string reason = co_await reason_of(outer);
        EXPECT_EQ(reason, "the outer one");
        EXPECT_TRUE(inner.cancelled());
        EXPECT_TRUE(outer.cancelled());
    });
}

TEST(base_task_tests, test_task_cancel_waiter_future) {
    patio::testing::run([]() -> async<> {
        event waiter;
        const auto waits = [&]() -> async<> { co_await waiter.wait(); };
        const auto task = patio::create_task(waits);
        co_await patio::yield();
        EXPECT_EQ(waiter.waiting(), 1U);
        task.cancel();
        EXPECT_EQ(waiter.waiting(), 0U) << "the wait ends in the call";
        EXPECT_FALSE(task.done()) << "the task does not";
        co_await patio::yield();
        EXPECT_TRUE(task.cancelled());
    });
}

TEST(base_task_tests, test_sleep_cancel) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(nap(10s));
    loop.run_until_idle();
    EXPECT_EQ(loop.next_deadline(), time_point{} + 10s);
    task.cancel();
    EXPECT_EQ(loop.next_deadline(), time_point::never()) << "the timer is out at once";
    EXPECT_FALSE(task.done());
    loop.turn();
    EXPECT_TRUE(task.cancelled());
    loop.finish();
}

// --- tasks that will not listen

/// Waits for `first`, then catches whatever comes out of the wait for `second`.
async<int> catch_all(event& first, event& second, bool& has_caught) {
    co_await first.wait();
    try {
        co_await second.wait();
    } catch (...) {
        has_caught = true;
        co_return 42;
    }
    co_return 0;
}

// Patio: a cancellation is no exception, so there is nothing to catch.
TEST(base_task_tests, test_cancel_task_catching) {
    patio::testing::run([]() -> async<> {
        event first;
        event second;
        bool has_caught = false;
        const auto task = patio::create_task(catch_all(first, second, has_caught));
        co_await settle();
        EXPECT_EQ(first.waiting(), 1U);
        first.set();
        co_await settle();
        EXPECT_EQ(second.waiting(), 1U);
        task.cancel();
        EXPECT_EQ(second.waiting(), 0U);
        co_await settle();
        EXPECT_FALSE(has_caught);
        EXPECT_TRUE(task.cancelled());
    });
}

// Patio: in a throwing scope there is; the value counts, and the swallowing is reported.
TEST(base_task_tests, test_cancel_task_catching_in_throwing_scope) {
    std::vector<kept_report> reports;
    const auto body = []() -> async<> {
        event first;
        event second;
        bool has_caught = false;
        const auto in_scope = [&]() -> async<int> {
            const int result = co_await patio::throwing_scope(catch_all(first, second, has_caught));
            co_return result;
        };
        const auto task = patio::create_task(in_scope);
        co_await settle();
        first.set();
        co_await settle();
        EXPECT_EQ(second.waiting(), 1U);
        task.cancel();
        EXPECT_EQ(second.waiting(), 0U);
        const int result = co_await task;
        EXPECT_EQ(result, 42);
        EXPECT_TRUE(has_caught);
        EXPECT_FALSE(task.cancelled());
    };
    patio::testing::run(body, patio::testing::run_options{}.keep_reports(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::swallowed_cancellation);
}

// Patio: once cancelled, always cancelled. The wait after the ignored one does not begin.
TEST(base_task_tests, test_cancel_task_ignoring) {
    patio::testing::run([]() -> async<> {
        event second;
        event third;
        std::string log;
        const auto ignores = [&]() -> async<int> {
            try {
                co_await second.wait();
            } catch (const patio::cancelled&) {
                log += "ignored ";
            }
            co_await third.wait();
            log += "went on ";
            co_return 42;
        };
        const auto in_scope = [&]() -> async<int> {
            const int result = co_await patio::throwing_scope(ignores());
            co_return result;
        };
        const auto task = patio::create_task(in_scope);
        co_await settle();
        EXPECT_EQ(second.waiting(), 1U);
        task.cancel();
        EXPECT_EQ(second.waiting(), 0U);
        co_await settle();
        EXPECT_EQ(third.waiting(), 0U);
        third.set();
        co_await settle();
        EXPECT_EQ(log, "ignored ");
        EXPECT_TRUE(task.cancelled());
    });
}

/// Stands for SystemExit: what one does not catch by chance.
struct system_exit {};

// Patio: no exception leaves the loop past the tasks. This one is the task's result like any other.
TEST(base_task_tests, test_baseexception_during_cancel) {
    patio::testing::run([]() -> async<> {
        const auto exits = []() -> async<> {
            try {
                co_await patio::sleep(10s);
            } catch (const patio::cancelled&) {
                throw system_exit{};
            }
        };
        const auto in_scope = [&]() -> async<> { co_await patio::throwing_scope(exits()); };
        const auto task = patio::create_task(in_scope);
        co_await patio::yield();
        task.cancel();
        EXPECT_FALSE(task.done());
        co_await patio::yield();
        EXPECT_TRUE(task.done());
        EXPECT_FALSE(task.cancelled());
        bool was_thrown = false;
        try {
            co_await task;
        } catch (const system_exit&) {
            was_thrown = true;
        }
        EXPECT_TRUE(was_thrown);
        EXPECT_EQ(patio::now(), time_point{});
    });
}

// --- tasks that cancel themselves

// Patio: the value was there before the next suspension, so it counts.
TEST(base_task_tests, test_cancel_at_end) {
    patio::testing::run([]() -> async<> {
        const auto ends = []() -> async<int> {
            EXPECT_TRUE(patio::current_task().cancel());
            co_return 12;
        };
        const auto task = patio::create_task(ends);
        EXPECT_FALSE(task.cancelled());
        const int result = co_await task;
        EXPECT_EQ(result, 12);
        EXPECT_TRUE(task.done());
        EXPECT_FALSE(task.cancelled());
        EXPECT_FALSE(task.cancel());
    });
}

// Patio: a join only watches. The join does not begin, and the other task goes on.
TEST(base_task_tests, test_cancel_awaited_task) {
    patio::testing::run([]() -> async<> {
        event gate;
        std::string log;
        patio::task<> nested;
        const auto waits = [&]() -> async<> {
            co_await gate.wait();
            log += "nested ";
        };
        const auto outer_body = [&]() -> async<> {
            nested = patio::create_task(waits);
            co_await patio::yield();
            patio::current_task().cancel();
            log += "cancelled ";
            co_await nested;
            log += "joined ";
        };
        const auto outer = patio::create_task(outer_body);
        co_await settle();
        EXPECT_TRUE(outer.cancelled());
        EXPECT_EQ(log, "cancelled ");
        EXPECT_FALSE(nested.cancelling());
        EXPECT_EQ(gate.waiting(), 1U);
        gate.set();
        co_await nested;
        EXPECT_EQ(log, "cancelled nested ");
    });
}

// --- tasks that wait for several

TEST(base_task_tests, test_yield_wait_does_not_shield_cancel) {
    patio::testing::run([]() -> async<> {
        event waiter;
        int proof = 0;
        const auto inner_body = [&]() -> async<> {
            co_await waiter.wait();
            proof += 1;
        };
        const auto inner = patio::create_task(inner_body);
        const auto outer_body = [&]() -> async<> {
            co_await patio::gather_settled(inner);
            proof += 100;
        };
        const auto outer = patio::create_task(outer_body);
        co_await settle();
        outer.cancel();
        const std::string reason = co_await reason_of(outer);
        EXPECT_EQ(reason, "");
        EXPECT_TRUE(outer.cancelled());
        EXPECT_FALSE(inner.done());
        waiter.set();
        co_await settle();
        EXPECT_EQ(proof, 1);
        EXPECT_TRUE(inner.done());
        EXPECT_FALSE(inner.cancelled());
    });
}

}  // namespace
