// SPDX-License-Identifier: MIT

// Cases of trio's test_run and test_cancelled about how and when a cancellation arrives, what waits
// do that cannot be aborted at once, and what is known about the reason. Each suite bears the name
// of the test there.

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>
#include <patio/testing/virtual_time.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::move_on_after;
using patio::shield;
using patio::task_cancelled;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::trace;

constexpr duration forever = duration::forever();

// --- test_yield_briefly_checks_for_timeout

/// Lets time pass as a computation does: nobody gets a turn meanwhile.
void compute_for(duration length) {
    auto& loop = patio::this_thread_loop();
    static_cast<patio::testing::virtual_time&>(loop.driven_by()).advance(length);
}

// Patio looks at the clock in each turn after which nothing is ready, and in every 61st step of a
// busy loop; a yield that a task has begun before is completed.
TEST(test_yield_briefly_checks_for_timeout, ends_a_task_that_only_yields_soon_after_its_time) {
    int yields_before = 0;
    int yields_late = 0;
    patio::testing::run([&]() -> async<> {
        auto busy = [&]() -> async<> {
            for (; yields_before < 1000; ++yields_before)
                co_await patio::yield();
            compute_for(10s);
            for (;;) {
                co_await patio::yield();
                ++yields_late;
            }
        };
        const bool has_ended = co_await move_on_after(5s, busy());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{10s});
    });
    EXPECT_EQ(yields_before, 1000);
    EXPECT_LE(yields_late, 62);
}

TEST(test_yield_briefly_checks_for_timeout, ends_the_next_wait_of_a_task_whose_time_is_over) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto late = [&]() -> async<> {
            co_await patio::yield();
            compute_for(10s);
            const leaving end{say, "cut"};
            co_await patio::sleep(1h);
            say("not this");
        };
        const bool has_ended = co_await move_on_after(5s, late());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{10s});
    });
    EXPECT_EQ(say, "cut");
}

// --- test_failed_abort

TEST(test_failed_abort, lets_an_operation_that_cannot_be_cancelled_complete_and_then_unwinds) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stubborn_sleeper = [&](patio::ready<task_group*> started) -> async<> {
            co_await with_task_group([&](task_group& scope) -> async<> {
                const leaving end{say, "cancelled"};
                started(&scope);
                say("sleep");
                test::kernel_operation deaf{5s, duration{}, true};
                const int x = co_await deaf;
                EXPECT_EQ(x, 1);
                say("woke");
                co_await patio::checkpoint();
                say("not this");
            });
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            task_group* scope = co_await group.start<task_group*>(stubborn_sleeper);
            co_await patio::sleep(1s);
            EXPECT_EQ(say, "sleep");
            scope->cancel();
            co_await patio::sleep(1s);
            EXPECT_EQ(say, "sleep") << "the cancellation must not wake it";
        });
        EXPECT_EQ(patio::now(), time_point{5s});
    });
    EXPECT_EQ(say, "sleep woke cancelled");
}

// --- test_slow_abort

TEST(test_slow_abort_basic, ends_when_the_operation_has_been_aborted) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&]() -> async<> {
            const leaving end{say, "cancelled"};
            test::kernel_operation slow{1h, 2s, false};
            co_await slow;
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, body());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{3s});
    });
    EXPECT_EQ(say, "cancelled");
}

// trio begins the operation and aborts it. Patio does not begin it.
TEST(test_slow_abort_basic, does_not_begin_the_operation_in_a_scope_that_is_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& scope) -> async<> {
            scope.cancel();
            const leaving end{say, "cancelled"};
            test::kernel_operation slow{1h, 2s, false};
            co_await slow;
            say("not this");
        });
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "cancelled");
}

/// Opens two scopes and a group with `child` in it; cancels the scopes one after the other at 1 s.
/// The simulated operation complains if it is asked to end twice.
template <class F>
async<> cancel_twice_around(trace& say, F child) {
    co_await with_task_group([&](task_group& outer1) -> async<> {
        co_await with_task_group([&](task_group& outer2) -> async<> {
            co_await with_task_group([&](task_group& nursery) -> async<> {
                nursery.spawn(child);
                co_await patio::sleep(1s);
                EXPECT_EQ(say, "sleeping");
                outer1.cancel();
                outer2.cancel();
                EXPECT_EQ(say, "sleeping") << "nothing runs inside of cancel()";
            });
            say("not this");
        });
        say("nor this");
    });
}

TEST(test_slow_abort_edge_cases, asks_an_operation_to_end_once_if_two_scopes_around_are_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto slow_aborter = [&]() -> async<> {
            const leaving end{say, "cancelled"};
            say("sleeping");
            test::kernel_operation slow{1h, 2s, false};
            co_await slow;
            say("nor that");
        };
        co_await cancel_twice_around(say, slow_aborter);
        EXPECT_EQ(patio::now(), time_point{3s});
    });
    EXPECT_EQ(say, "sleeping cancelled");
}

TEST(test_slow_abort_edge_cases, delivers_a_result_that_overtakes_the_abort) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto slow_aborter = [&]() -> async<> {
            const leaving end{say, "cancelled"};
            say("sleeping");
            test::kernel_operation slow{2s, 5s, false};
            co_await slow;
            say("woke");
            co_await patio::yield();
            say("nor that");
        };
        co_await cancel_twice_around(say, slow_aborter);
        EXPECT_EQ(patio::now(), time_point{2s});
    });
    EXPECT_EQ(say, "sleeping woke cancelled");
}

// In trio a shield may come between the abort and its delivery. Here a shield is up from the
// beginning of a wait or not at all, and then the operation is left alone.
TEST(test_slow_abort_edge_cases, asks_nothing_of_an_operation_behind_a_shield) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto slow_aborter = [&]() -> async<> {
            const leaving end{say, "cancelled"};
            auto shielded = [&]() -> async<> {
                say("sleeping");
                test::kernel_operation slow{4s, 1s, false};
                co_await slow;
                co_await patio::sleep(1s);
                say("done");
            };
            co_await shield(shielded());
            co_await patio::yield();
            say("nor that");
        };
        co_await cancel_twice_around(say, slow_aborter);
        EXPECT_EQ(patio::now(), time_point{5s});
    });
    EXPECT_EQ(say, "sleeping done cancelled");
}

// --- test_locals_destroyed_promptly_on_cancel

TEST(test_locals_destroyed_promptly_on_cancel, before_the_group_is_left) {
    long alive = 0;
    patio::testing::run([&]() -> async<> {
        auto work = [&](test::counted) -> async<> {
            const test::counted local{alive};
            EXPECT_GE(alive, 2);
            co_await patio::yield();
            ADD_FAILURE() << "must not get here";
        };
        patio::task<> kept;
        co_await with_task_group([&](task_group& group) -> async<> {
            kept = group.spawn(work, test::counted{alive});
            group.cancel();
            co_return;
        });
        EXPECT_EQ(alive, 0) << "a handle must not keep what the coroutine had";
        EXPECT_TRUE(kept.cancelled());
    });
}

TEST(test_locals_destroyed_promptly_on_cancel, in_the_turn_after_the_cancellation) {
    long alive = 0;
    patio::testing::run([&]() -> async<> {
        auto inner = [&]() -> async<> {
            const test::counted local{alive};
            co_await patio::sleep(forever);
        };
        auto outer = [&]() -> async<> {
            const test::counted local{alive};
            co_await inner();
        };
        const auto task = patio::create_task(outer());
        co_await patio::sleep(1s);
        EXPECT_EQ(alive, 2);
        task.cancel();
        EXPECT_EQ(alive, 2) << "nothing is destroyed inside of cancel()";
        co_await patio::yield();
        EXPECT_EQ(alive, 0);
    });
}

// --- test_cancel_reason. The cancelled code sees no exception that could hold the reason: it is
// in the outcome that others get.

/// What joining `joined` throws.
async<std::optional<task_cancelled>> cancellation_of(patio::task<> joined) {
    std::optional<task_cancelled> seen;
    try {
        co_await joined;
    } catch (const task_cancelled& error) {
        seen = error;
    }
    co_return seen;
}

/// Joins from outside of every scope, so that the failures and deadlines in there leave it alone.
async<> expect_no_reason(patio::task<> joined) {
    const auto seen = co_await cancellation_of(std::move(joined));
    EXPECT_TRUE(seen);
    if (!seen) co_return;
    EXPECT_STREQ(seen->what(), "task was cancelled");
    EXPECT_STREQ(seen->reason(), "");
    EXPECT_STREQ(seen->cancelled_by(), "");
    EXPECT_EQ(seen->where().line(), 0U);
}

TEST(test_cancel_reason, says_who_and_where_and_why) {
    std::optional<task_cancelled> seen;
    std::source_location place;
    patio::testing::run([&]() -> async<> {
        patio::current_task().set_name("canceller");
        auto body = [&](task_group& scope) -> async<int> {
            place = std::source_location::current();
            scope.cancel("hello");
            co_await patio::checkpoint();
            co_return 1;
        };
        try {
            co_await with_task_group(body);
        } catch (const task_cancelled& error) {
            seen = error;
        }
    });
    ASSERT_TRUE(seen);
    EXPECT_STREQ(seen->reason(), "hello");
    EXPECT_STREQ(seen->cancelled_by(), "canceller");
    EXPECT_EQ(seen->where().line(), place.line() + 1);
    EXPECT_STREQ(seen->where().file_name(), place.file_name());
    EXPECT_NE(std::strstr(seen->what(), "task was cancelled by task 'canceller': hello (at "),
              nullptr)
        << seen->what();
}

// trio names the deadline as the source. Here nobody has called cancel(), so there is nothing to
// say; who set the deadline gets timed_out.
TEST(test_cancel_reason, is_empty_if_it_was_a_deadline) {
    patio::testing::run([]() -> async<> {
        patio::task<> joined;
        auto in_time = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                const auto child = group.spawn(test::nap_quietly(forever));
                joined = patio::create_task(expect_no_reason(child));
                co_return;
            });
        };
        const auto seen = co_await test::what_of(patio::timeout(1s, in_time()));
        EXPECT_EQ(seen, "timed out");
        co_await joined;
        const auto past = co_await test::what_of(patio::timeout(-1s, in_time()));
        EXPECT_EQ(past, "timed out");
        co_await joined;
        EXPECT_EQ(patio::now(), time_point{1s});
    });
}

/// Sleeps; if it is cancelled, fails with a std::domain_error instead.
async<> fail_when_cancelled() {
    auto body = []() -> async<> {
        try {
            co_await patio::sleep(forever);
        } catch (const patio::cancelled&) {
            throw std::domain_error{"while cancelled"};
        }
    };
    co_await patio::throwing_scope(body());
}

/// Runs a group and expects these failures, in this order.
template <class First, class Second, class F>
async<> expect_two_failures(F body) {
    std::size_t count = 0;
    try {
        co_await with_task_group(body);
    } catch (const patio::exception_group& failures) {
        count = failures.size();
        if (count == 2) {
            EXPECT_THROW(std::rethrow_exception(failures[0].error()), First);
            EXPECT_THROW(std::rethrow_exception(failures[1].error()), Second);
        }
    }
    EXPECT_EQ(count, 2U);
}

// A sibling's failure is no reason either: it arrives itself, in the group's exception.
TEST(test_cancel_reason_nursery, is_empty_if_a_sibling_failed_before_the_task_had_started) {
    patio::testing::run([]() -> async<> {
        patio::task<> joined;
        auto body = [&](task_group& group) -> async<> {
            auto failing = []() -> async<> {
                throw std::invalid_argument{"failing"};
                co_return;
            };
            group.spawn(failing);
            co_await shield(patio::sleep(1s));
            EXPECT_EQ(group.size(), 0U);
            const auto victim = group.spawn(test::nap_quietly(forever));
            joined = patio::create_task(expect_no_reason(victim));
            group.spawn(fail_when_cancelled());
        };
        co_await expect_two_failures<std::invalid_argument, std::domain_error>(body);
        co_await joined;
    });
}

TEST(test_cancel_reason_nursery2, is_empty_if_a_sibling_failed_while_the_task_was_running) {
    patio::testing::run([]() -> async<> {
        patio::task<> joined;
        auto body = [&](task_group& group) -> async<> {
            auto failing = []() -> async<> {
                co_await patio::sleep(1s);
                throw std::invalid_argument{"failing"};
            };
            group.spawn(failing);
            const auto victim = group.spawn(test::nap_quietly(forever));
            joined = patio::create_task(expect_no_reason(victim));
            group.spawn(fail_when_cancelled());
            co_return;
        };
        co_await expect_two_failures<std::invalid_argument, std::domain_error>(body);
        co_await joined;
    });
}

TEST(test_cancel_reason_nursery3, is_empty_if_the_body_failed_to_start_a_sibling) {
    patio::testing::run([]() -> async<> {
        patio::task<> joined;
        auto body = [&](task_group& group) -> async<> {
            const auto victim = group.spawn(test::nap_quietly(forever));
            joined = patio::create_task(expect_no_reason(victim));
            group.spawn(fail_when_cancelled());
            co_await patio::sleep(1s);
            auto failing = [](patio::ready<>) -> async<> {
                throw std::invalid_argument{"failing"};
                co_return;
            };
            co_await group.start(failing);
        };
        // The children's failures come first; the body's is the last member.
        co_await expect_two_failures<std::domain_error, std::invalid_argument>(body);
        co_await joined;
    });
}

TEST(test_nested_child_source, is_empty_if_the_body_failed) {
    patio::testing::run([]() -> async<> {
        patio::task<> joined;
        std::size_t count = 0;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                const auto victim = group.spawn(test::nap_quietly(forever));
                joined = patio::create_task(expect_no_reason(victim));
                co_await patio::sleep(1s);
                throw std::invalid_argument{"body"};
            });
        } catch (const patio::exception_group& failures) {
            count = failures.size();
        }
        EXPECT_EQ(count, 1U);
        co_await joined;
    });
}

/// Takes two seconds to be aborted.
async<> slow_to_cancel() {
    test::kernel_operation slow{1h, 2s, false};
    co_await slow;
    ADD_FAILURE() << "must not get here";
}

TEST(test_cancel_reason_not_overwritten, by_later_calls_nor_by_a_deadline_that_passes_later) {
    patio::testing::run([]() -> async<> {
        patio::task<> child;
        auto limited = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                child = group.spawn(slow_to_cancel());
                co_await patio::sleep(1s);
                group.cancel("first");
                group.cancel("second");
                child.cancel("third");
            });
        };
        const bool has_ended = co_await move_on_after(2s, limited());
        EXPECT_FALSE(has_ended) << "the outermost cancelled scope decides";
        EXPECT_EQ(patio::now(), time_point{3s});
        const auto seen = co_await cancellation_of(child);
        EXPECT_STREQ(seen ? seen->reason() : "none", "first");
    });
}

TEST(test_cancel_reason_not_overwritten, by_what_is_cancelled_later_further_inside) {
    patio::testing::run([]() -> async<> {
        patio::task<> child;
        task_group* inner = nullptr;
        auto limited = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                inner = &group;
                child = group.spawn(slow_to_cancel());
                co_await patio::sleep(forever);
            });
        };
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.spawn([&]() -> async<> { co_await move_on_after(1500ms, limited()); });
            co_await patio::sleep(1s);
            outer.cancel("first");
            co_await shield(patio::sleep(1s));
            inner->cancel("second");
            child.cancel("third");
        });
        EXPECT_EQ(patio::now(), time_point{3s});
        const auto seen = co_await cancellation_of(child);
        EXPECT_STREQ(seen ? seen->reason() : "none", "first");
    });
}

TEST(test_cancel_reason_not_overwritten, but_what_a_shield_hides_has_not_come_yet) {
    patio::testing::run([]() -> async<> {
        patio::task<> child;
        auto body = [&](task_group& group) -> async<> {
            child = group.spawn(test::nap_quietly(forever));
            co_await patio::yield();
            child.cancel("the child's");
        };
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel("hidden");
            co_await shield(with_task_group(body));
        });
        const auto seen = co_await cancellation_of(child);
        EXPECT_STREQ(seen ? seen->reason() : "none", "the child's");
    });
}

/// Lets a deadline pass at 1 s and calls `cancel_late(group, child)` at 2 s, while the child is
/// being aborted.
template <class F>
async<> cancel_after_a_deadline(F cancel_late) {
    patio::task<> child;
    task_group* scope = nullptr;
    auto limited = [&]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            scope = &group;
            child = group.spawn(slow_to_cancel());
            co_await patio::sleep(forever);
        });
    };
    auto late = [&]() -> async<> {
        co_await patio::sleep(2s);
        cancel_late(*scope, child);
    };
    const auto canceller = patio::create_task(late());
    const bool has_ended = co_await move_on_after(1s, limited());
    EXPECT_FALSE(has_ended);
    EXPECT_EQ(patio::now(), time_point{3s});
    EXPECT_TRUE(canceller.done());
    co_await expect_no_reason(child);
}

TEST(test_cancel_reason_not_overwritten_2, by_a_task_that_is_cancelled_after_a_deadline) {
    const auto cancel_task = [](task_group&, patio::task<>& child) { child.cancel("late"); };
    patio::testing::run(cancel_after_a_deadline(cancel_task));
}

TEST(test_cancel_reason_not_overwritten_2, by_a_scope_that_is_cancelled_after_a_deadline) {
    const auto cancel_scope = [](task_group& group, patio::task<>&) { group.cancel("late"); };
    patio::testing::run(cancel_after_a_deadline(cancel_scope));
}

}  // namespace
