// SPDX-License-Identifier: MIT

// Cases of CPython's test_timeouts and test_waitfor, by their names there; what is `timeout` and
// `wait_for` in asyncio is `timeout` here. The comment says what Patio does otherwise, if it does.

#include <patio/core/timeout.hpp>

#include <patio/core/cancelled.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::ending_of;
using conformance::fail_after;
using conformance::sleep_or_fail;
using patio::async;
using patio::deadline;
using patio::task_group;
using patio::time_point;
using patio::timeout;
using test::leaving;
using test::trace;

/// Says when its frame dies which of the deadlines around it have passed.
class last_look {
public:
    last_look(trace& say, std::string name, const deadline& looked_at)
        : say_{say}, name_{std::move(name)}, deadline_{looked_at} {}
    last_look(const last_look&) = delete;
    last_look& operator=(const last_look&) = delete;
    ~last_look() { say_(name_ + (deadline_.expired() ? " expired" : " not expired")); }

private:
    trace& say_;
    std::string name_;
    const deadline& deadline_;
};

// --- TimeoutTests

// Both deadlines pass at the same time: only the outer one has somebody to tell.
TEST(timeout_tests, test_nested_timeouts) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const time_point both = patio::now() + 10ms;
        const auto outer = [&](deadline& cm1) -> async<> {
            const last_look at_outer{say, "cm1", cm1};
            const auto inner = [&](deadline& cm2) -> async<> {
                const last_look at_inner{say, "cm2", cm2};
                co_await patio::sleep(10s);
            };
            const auto inner_ending = co_await ending_of(patio::timeout_at(both, inner));
            say("not this: " + inner_ending);
        };
        const auto ending = co_await ending_of(patio::timeout_at(both, outer));
        say(ending);
        EXPECT_EQ(patio::now(), both);
    });
    EXPECT_EQ(say, "cm2 expired cm1 expired timed out");
}

TEST(timeout_tests, test_foreign_exception_passed) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](deadline& cm) -> async<> {
            const last_look look{say, "cm", cm};
            throw std::out_of_range{"key"};
            co_return;
        };
        bool has_passed = false;
        try {
            co_await timeout(10ms, body);
        } catch (const std::out_of_range&) {
            has_passed = true;
        }
        EXPECT_TRUE(has_passed);
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "cm not expired");
}

// A failure in the place of the cancellation is the outcome. There is no chain of exceptions that
// would tell of the timeout.
TEST(timeout_tests, test_foreign_exception_on_timeout) {
    patio::testing::run([]() -> async<> {
        const std::domain_error division{"division by zero"};
        bool has_passed = false;
        try {
            co_await timeout(10ms, conformance::sleep_or_throw(1s, division));
        } catch (const std::domain_error&) {
            has_passed = true;
        }
        EXPECT_TRUE(has_passed);
        EXPECT_EQ(patio::now(), time_point{} + 10ms);
    });
}

// Patio: the deadline does not reach into a cleanup. The first failure is the outcome, and the
// cleanup's is reported instead of standing in a chain.
TEST(timeout_tests, test_foreign_exception_on_timeout_2) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            const auto cleanup = []() -> async<> { co_await fail_after(1s, "cleanup"); };
            const auto body = [&]() -> async<> {
                co_await patio::finally(fail_after(0s, "body"), cleanup);
            };
            const auto ending = co_await ending_of(timeout(10ms, body()));
            EXPECT_EQ(ending, "body");
            EXPECT_EQ(patio::now(), time_point{} + 1s);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_cleanup);
    EXPECT_NE(reports[0].text.find("cleanup"), std::string::npos) << reports[0].text;
}

TEST(timeout_tests, test_foreign_cancel_doesnt_timeout_if_not_expired) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](deadline& cm) -> async<> {
            const last_look look{say, "cm", cm};
            patio::current_task().cancel();
            co_await patio::sleep(10s);
        };
        const auto cancelled = patio::create_task([&]() -> async<> {
            co_await timeout(10s, body);
            say("not this");
        });
        const auto ending = co_await ending_of(cancelled);
        EXPECT_EQ(ending, "cancelled");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "cm not expired");
}

TEST(timeout_tests, test_reschedule) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const time_point deadline1 = patio::now() + 10s;
        const time_point deadline2 = deadline1 + 20s;
        deadline* cm = nullptr;
        const auto body = [&](deadline& given) -> async<> {
            const last_look look{say, "cm", given};
            cm = &given;
            co_await patio::sleep(50s);
        };
        const auto limited =
            patio::create_task([&]() -> async<> { co_await patio::timeout_at(deadline1, body); });
        co_await patio::sleep(1s);
        EXPECT_EQ(cm->when(), deadline1);
        cm->reschedule(deadline2);
        EXPECT_EQ(cm->when(), deadline2);
        co_await patio::sleep(12s);
        EXPECT_FALSE(limited.done());
        cm->reschedule(time_point::never());
        EXPECT_EQ(cm->when(), time_point::never());
        co_await patio::sleep(30s);
        EXPECT_FALSE(limited.done());
        limited.cancel();
        const auto ending = co_await ending_of(limited);
        EXPECT_EQ(ending, "cancelled");
        EXPECT_EQ(patio::now(), time_point{} + 43s);
    });
    EXPECT_EQ(say, "cm not expired");
}

// A timeout in a cleanup works although the timeout around it has brought the cleanup about.
TEST(timeout_tests, test_nested_timeout_in_finally) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto cleanup = [&]() -> async<> {
            const auto ending = co_await ending_of(timeout(10ms, patio::sleep(10s)));
            say("cleanup " + ending);
            EXPECT_EQ(patio::now(), time_point{} + 20ms);
        };
        const auto body = [&]() -> async<> { co_await patio::finally(patio::sleep(1s), cleanup); };
        const auto ending = co_await ending_of(timeout(10ms, body()));
        say(ending);
        EXPECT_EQ(patio::now(), time_point{} + 20ms);
    });
    EXPECT_EQ(say, "cleanup timed out timed out");
}

// Code that meets the cancellation cannot buy time any more. It goes on here, which Patio reports,
// and its return is the outcome.
TEST(timeout_tests, test_timeout_expiring) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            bool was_refused = false;
            const auto handle = [&](deadline& cm) -> async<> {
                try {
                    co_await patio::sleep(1s);
                } catch (const patio::cancelled&) {
                    EXPECT_TRUE(cm.expired());
                    EXPECT_THROW(cm.reschedule(20ms), patio::usage_error);
                    EXPECT_EQ(cm.when(), time_point{} + 10ms);
                    was_refused = true;
                }
            };
            const auto body = [&](deadline& cm) -> async<> {
                co_await patio::throwing_scope(handle(cm));
            };
            const auto ending = co_await ending_of(timeout(10ms, body));
            EXPECT_EQ(ending, "returned");
            EXPECT_TRUE(was_refused);
            EXPECT_EQ(patio::now(), time_point{} + 10ms);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::swallowed_cancellation);
}

// A group inside fails while it is being cancelled: that is the outcome, not the timeout. Patio:
// the body has failed too, and its failure is not lost, since the deadline does not reach its
// cleanup.
TEST(timeout_tests, test_timeout_taskgroup) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto child = [&]() -> async<> {
            const leaving last{say, "child"};
            co_await sleep_or_fail(2s, "handler");
        };
        const auto cleanup = [&]() -> async<> {
            co_await patio::sleep(1s);
            say("cleaned up");
        };
        const auto body = [&](task_group& group) -> async<> {
            group.spawn(child());
            co_await patio::finally(fail_after(0s, "body"), cleanup);
        };
        const auto work = [&]() -> async<> { co_await patio::with_task_group(body); };
        const auto ending = co_await ending_of(timeout(10ms, work()));
        EXPECT_EQ(ending, "[handler body]");
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
    EXPECT_EQ(say, "child cleaned up");
}

// --- AsyncioWaitForTest

async<int> return_although_cancelled(int value) {
    try {
        co_await patio::sleep(1s);
    } catch (const patio::cancelled&) {
        co_return value;
    }
    co_return 0;
}

// What the operation returns in the last moment is its outcome. Patio: that takes a throwing scope,
// and is reported.
TEST(wait_for_tests, test_wait_for_cancellation_race_condition) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            const int result =
                co_await timeout(10ms, patio::throwing_scope(return_although_cancelled(1)));
            EXPECT_EQ(result, 1);
            EXPECT_EQ(patio::now(), time_point{} + 10ms);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::swallowed_cancellation);
}

// Patio: elsewhere no handler runs, so there is nothing that suppresses a cancellation.
TEST(wait_for_tests, test_wait_for_cancel_suppressed) {
    patio::testing::run([]() -> async<> {
        const auto suppress = []() -> async<int> {
            try {
                co_await patio::sleep(10s);
            } catch (...) {
                co_return 42;
            }
            co_return 0;
        };
        const auto ending = co_await ending_of(timeout(100ms, suppress()));
        EXPECT_EQ(ending, "timed out");
        const auto other = co_await ending_of(timeout(100ms, return_although_cancelled(42)));
        EXPECT_EQ(other, "timed out");
        EXPECT_EQ(patio::now(), time_point{} + 200ms);
    });
}

/// Takes a millisecond to be cancelled.
async<> slow_to_cancel(trace& say) {
    const leaving last{say, "gone"};
    say("started");
    const auto cleanup = [&]() -> async<> {
        co_await patio::sleep(1ms);
        say("cleaned up");
    };
    co_await patio::finally(patio::sleep(10s), cleanup);
    say("not this");
}

// Patio: the operation is the coroutine itself. Around the join of a task, which only watches, a
// timeout leaves the task alone.
TEST(wait_for_tests, test_wait_for_waits_for_task_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto ending = co_await ending_of(timeout(1ms, slow_to_cancel(say)));
        say(ending);
        EXPECT_EQ(patio::now(), time_point{} + 2ms);

        const auto task = patio::create_task(test::value_after(10ms, 42));
        const auto join_ending = co_await ending_of(timeout(1ms, task));
        EXPECT_EQ(join_ending, "timed out");
        EXPECT_FALSE(task.cancelling());
        const int value = co_await task;
        EXPECT_EQ(value, 42);
    });
    EXPECT_EQ(say, "started cleaned up gone timed out");
}

// Patio: with no time at all the operation still runs to its first suspension.
TEST(wait_for_tests, test_wait_for_waits_for_task_cancellation_w_timeout_0) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto ending = co_await ending_of(timeout(0s, slow_to_cancel(say)));
        say(ending);
        EXPECT_EQ(patio::now(), time_point{} + 1ms);
    });
    EXPECT_EQ(say, "started cleaned up gone timed out");
}

// That the operation has ended when the cancellation comes does not swallow it.
TEST(wait_for_tests, test_wait_for_issue86296) {
    trace say;
    patio::testing::run([&]() -> async<> {
        patio::event done;
        const auto at_once = []() -> async<> { co_return; };
        const auto when_done = [&]() -> async<> { co_await done.wait(); };
        const auto wait_for = [&](async<> inner) -> async<> {
            const leaving last{say, "unwound"};
            co_await timeout(100s, std::move(inner));
            say("inner");
            co_await patio::sleep(1s);
            say("not this");
        };
        const auto first = patio::create_task(wait_for(at_once()));
        co_await patio::yield();
        EXPECT_FALSE(first.done());
        first.cancel();
        const auto first_ending = co_await ending_of(first);
        EXPECT_EQ(first_ending, "cancelled");

        const auto second = patio::create_task(wait_for(when_done()));
        co_await patio::yield();
        done.set();  // its operation is as good as done, but has not run
        second.cancel();
        const auto second_ending = co_await ending_of(second);
        EXPECT_EQ(second_ending, "cancelled");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "inner unwound inner unwound");
}

}  // namespace
