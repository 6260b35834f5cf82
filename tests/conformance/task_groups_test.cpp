// SPDX-License-Identifier: MIT

// Cases of CPython's test_taskgroups, by their names there; task_groups_ended_test.cpp has those of
// groups that are cancelled by their own `cancel()`, and of groups that have ended. The comment
// says what Patio does otherwise, if it does.

#include <patio/core/task_group.hpp>

#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"
#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::ending_of;
using conformance::fail_after;
using conformance::sleep_or_fail;
using patio::async;
using patio::task;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::nap;
using test::trace;
using test::value_after;

// --- the ordinary end

TEST(task_group_tests, test_taskgroup_01) {
    patio::testing::run([]() -> async<> {
        task<int> t1;
        task<int> t2;
        co_await with_task_group([&](task_group& group) -> async<> {
            t1 = group.spawn(value_after(100ms, 42));
            t2 = group.spawn(value_after(200ms, 11));
            co_return;
        });
        EXPECT_EQ(patio::now(), time_point{} + 200ms);
        EXPECT_TRUE(t1.done() && t2.done());
        const auto before = patio::testing::turn();
        const int first = co_await t1;
        const int second = co_await t2;
        EXPECT_EQ(first, 42);
        EXPECT_EQ(second, 11);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

// What has ended does not stay with the group.
TEST(task_group_tests, test_taskgroup_23) {
    patio::testing::run([]() -> async<> {
        co_await with_task_group([](task_group& group) -> async<> {
            for (int count = 0; count < 10; ++count) {
                co_await patio::sleep(100ms);
                group.spawn(test::nap_quietly(300ms));
                if (count == 5) {
                    EXPECT_EQ(group.size(), 3U);
                }
            }
            co_await patio::sleep(1350ms);
            EXPECT_EQ(group.size(), 0U);
        });
        EXPECT_EQ(patio::now(), time_point{} + 2350ms);
    });
}

TEST(task_group_tests, test_taskgroup_24) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto root = [&](task_group& group) -> async<> {
            co_await patio::sleep(100ms);
            group.spawn(nap(say, "first", 100ms));
            group.spawn(nap(say, "second", 200ms));
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(root(group));
            co_return;
        });
        say("left");
        EXPECT_EQ(patio::now(), time_point{} + 300ms);
    });
    EXPECT_EQ(say, "woke first woke second left");
}

/// Grows two heads when it ends.
async<> hydra(task_group& group, int& heads, long& heads_alive) {
    const test::counted head{heads_alive};
    ++heads;
    co_await patio::sleep(10ms);
    for (int i = 0; i < 2; ++i)
        group.spawn(hydra(group, heads, heads_alive));
}

// Until Hercules fails the group: every head is cut.
TEST(task_group_tests, test_taskgroup_25) {
    int heads = 0;
    long heads_alive = 0;
    patio::testing::run([&]() -> async<> {
        const auto hercules = [&]() -> async<> {
            while (heads < 10)
                co_await patio::sleep(15ms);
            throw std::runtime_error{"hercules"};
        };
        const auto body = [&](task_group& group) -> async<> {
            group.spawn(hydra(group, heads, heads_alive));
            group.spawn(hercules());
            co_return;
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[hercules]");
        EXPECT_EQ(patio::now(), time_point{} + 45ms);
    });
    EXPECT_EQ(heads, 31);
    EXPECT_EQ(heads_alive, 0);
}

// --- a child fails

TEST(task_group_tests, test_taskgroup_04) {
    int number = 0;
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> t2;
        const auto body = [&](task_group& group) -> async<> {
            group.spawn(fail_after(100ms, "child"));
            t2 = group.spawn(nap(say, "t2", 1s));
            co_return;
        };
        const auto runner = patio::create_task([&]() -> async<> {
            co_await with_task_group(body);
            number += 10;
        });
        const auto ending = co_await ending_of(runner);
        EXPECT_EQ(ending, "[child]");
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
        EXPECT_TRUE(t2.cancelled());
        EXPECT_FALSE(runner.cancelled());
    });
    EXPECT_EQ(number, 0);
    EXPECT_EQ(say, "t2");
}

// The children that wake with the one that fails first have what they waited for, and fail too.
TEST(task_group_tests, test_cancel_children_on_child_error) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> sibling;
        const auto body = [&](task_group& group) -> async<> {
            const leaving last{say, "body"};
            group.spawn(fail_after(100ms, "one"));
            group.spawn(fail_after(100ms, "two"));
            group.spawn(fail_after(100ms, "three"));
            sibling = group.spawn(nap(say, "sibling", 5s));
            co_await patio::sleep(10s);
            say("not this");
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[one two three]");
        EXPECT_TRUE(sibling.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
    EXPECT_EQ(say, "sibling body");
}

// The inner group is cut as a whole by what happens outside of it, and says nothing.
TEST(task_group_tests, test_taskgroup_13) {
    patio::testing::run([]() -> async<> {
        const auto inner = [](task_group& group) -> async<> {
            group.spawn(fail_after(10s, "inner child"));
            co_return;
        };
        const auto outer = [&](task_group& group) -> async<> {
            group.spawn(fail_after(100ms, "outer child"));
            co_await with_task_group(inner);
            ADD_FAILURE() << "went on after the group";
        };
        const auto ending = co_await ending_of(with_task_group(outer));
        EXPECT_EQ(ending, "[outer child]");
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

TEST(task_group_tests, test_taskgroup_14) {
    patio::testing::run([]() -> async<> {
        const auto inner = [](task_group& group) -> async<> {
            group.spawn(fail_after(100ms, "inner child"));
            co_return;
        };
        task<> bystander;
        const auto outer = [&](task_group& group) -> async<> {
            bystander = group.spawn(fail_after(10s, "outer child"));
            co_await with_task_group(inner);
        };
        const auto ending = co_await ending_of(with_task_group(outer));
        EXPECT_EQ(ending, "[[inner child]]");
        EXPECT_TRUE(bystander.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

// --- the body fails

TEST(task_group_tests, test_taskgroup_09) {
    patio::testing::run([]() -> async<> {
        task<int> t1;
        task<int> t2;
        const auto body = [&](task_group& group) -> async<> {
            t1 = group.spawn(value_after(1s, 42));
            t2 = group.spawn(value_after(2s, 11));
            co_await patio::sleep(100ms);
            throw std::runtime_error{"body"};
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[body]");
        EXPECT_TRUE(t1.cancelled());
        EXPECT_TRUE(t2.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

// Patio: the children start all the same; each runs to its first suspension.
TEST(task_group_tests, test_taskgroup_10) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> t1;
        task<> t2;
        const auto child = [&](std::string name) -> async<> {
            const leaving last{say, name + " unwound"};
            say(name + " starts");
            co_await patio::sleep(1s);
            say("not this");
        };
        const auto body = [&](task_group& group) -> async<> {
            t1 = group.spawn(child("t1"));
            t2 = group.spawn(child("t2"));
            throw std::runtime_error{"body"};
            co_return;
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[body]");
        EXPECT_TRUE(t1.cancelled());
        EXPECT_TRUE(t2.cancelled());
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "t1 starts t2 starts t1 unwound t2 unwound");
}

// The failure with which the body meets its cancellation stands beside the child's.
TEST(task_group_tests, test_taskgroup_19) {
    patio::testing::run([]() -> async<> {
        const auto body = [](task_group& group) -> async<> {
            group.spawn(fail_after(100ms, "child"));
            co_await sleep_or_fail(10s, "nested");
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[child nested]");
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

// Patio: no exception is so strong that it leaves a group alone. Whatever is thrown is a member,
// even if it is no std::exception.
TEST(task_group_tests, test_taskgroup_20) {
    struct keyboard_interrupt {};
    patio::testing::run([]() -> async<> {
        const auto body = [](task_group& group) -> async<> {
            group.spawn(fail_after(100ms, "child"));
            const keyboard_interrupt strong;
            co_await conformance::sleep_or_throw(10s, strong);
        };
        patio::exception_group failures;
        try {
            co_await with_task_group(body);
        } catch (const patio::exception_group& caught) {
            failures = caught;
        }
        EXPECT_EQ(failures.size(), 2U);
        EXPECT_TRUE(failures.contains<keyboard_interrupt>());
        EXPECT_TRUE(failures.contains<std::runtime_error>());
        EXPECT_THROW(std::rethrow_exception(failures[1].error()), keyboard_interrupt);
    });
}

/// What a context manager of asyncio does that fails when it is left.
async<> inside_database(task_group& group) {
    group.spawn(fail_after(0s, "child"));
    co_await sleep_or_fail(1s, "database");
}

TEST(task_group_tests, test_taskgroup_context_manager_exit_raises) {
    patio::testing::run([]() -> async<> {
        const auto ending = co_await ending_of(with_task_group(inside_database));
        EXPECT_EQ(ending, "[child database]");
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::sleep(1s);  // nothing is left of the cancellation
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

// --- somebody cancels who runs the group

// Failures with which children meet the cancellation win over it.
TEST(task_group_tests, test_taskgroup_08) {
    patio::testing::run([]() -> async<> {
        const auto body = [](task_group& group) -> async<> {
            for (int i = 0; i < 5; ++i)
                group.spawn(sleep_or_fail(10s, "handler"));
            co_await patio::sleep(10s);
        };
        const auto runner = patio::create_task([&]() -> async<> {
            co_await with_task_group(body);
            ADD_FAILURE() << "went on after the group";
        });
        co_await patio::sleep(100ms);
        EXPECT_FALSE(runner.done());
        runner.cancel();
        const auto ending = co_await ending_of(runner);
        EXPECT_EQ(ending, "[handler handler handler handler handler]");
        EXPECT_FALSE(runner.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

// They pass through an outer group as one member, although that has cut a child meanwhile.
TEST(task_group_tests, test_taskgroup_12) {
    patio::testing::run([]() -> async<> {
        const auto inner = [](task_group& group) -> async<> {
            group.spawn(sleep_or_fail(10s, "one"));
            group.spawn(sleep_or_fail(10s, "two"));
            co_await patio::sleep(10s);
        };
        task<> bystander;
        const auto outer = [&](task_group& group) -> async<> {
            bystander = group.spawn(test::nap_quietly(10s));
            co_await with_task_group(inner);
        };
        const auto runner =
            patio::create_task([&]() -> async<> { co_await with_task_group(outer); });
        co_await patio::sleep(100ms);
        runner.cancel();
        const auto ending = co_await ending_of(runner);
        EXPECT_EQ(ending, "[[two one]]");  // marked newest first, unwound in that order
        EXPECT_TRUE(bystander.cancelled());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

// Patio: a cleanup is no handler. Its failure is reported and does not take the cancellation's
// place.
TEST(task_group_tests, test_taskgroup_08_with_cleanups) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            const auto child = []() -> async<> {
                const auto cleanup = []() -> async<> { co_await fail_after(1s, "cleanup"); };
                co_await patio::finally(patio::sleep(10s), cleanup);
            };
            const auto body = [&](task_group& group) -> async<> {
                for (int i = 0; i < 5; ++i)
                    group.spawn(child);
                co_await patio::sleep(10s);
            };
            const auto runner =
                patio::create_task([&]() -> async<> { co_await with_task_group(body); });
            co_await patio::sleep(100ms);
            runner.cancel();
            const auto ending = co_await ending_of(runner);
            EXPECT_EQ(ending, "cancelled");
            EXPECT_EQ(patio::now(), time_point{} + 1100ms);
        },
        test::keeping(reports));
    EXPECT_EQ(reports.size(), 5U);
    for (const auto& report : reports)
        EXPECT_EQ(report.kind, patio::report_kind::failed_cleanup);
}

/// Its child is to fail while its body is being cleaned up after.
async<> body_with_slow_cleanup(trace& say, task_group& group) {
    const auto crash_soon = [&say]() -> async<> {
        const leaving last{say, "child unwound"};
        co_await fail_after(300ms, "child");
    };
    group.spawn(crash_soon);
    const auto cleanup = [&say]() -> async<> {
        co_await patio::sleep(500ms);
        say("cleaned up");
    };
    co_await patio::finally(patio::sleep(10s), cleanup);
}

// Patio: the cancellation reaches the child at once, so it never comes to its failure.
TEST(task_group_tests, test_taskgroup_15) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](task_group& group) { return body_with_slow_cleanup(say, group); };
        const auto runner =
            patio::create_task([&]() -> async<> { co_await with_task_group(body); });
        co_await patio::sleep(100ms);
        EXPECT_FALSE(runner.done());
        runner.cancel();
        co_await patio::sleep(1ms);
        EXPECT_EQ(say, "child unwound");
        const auto ending = co_await ending_of(runner);
        EXPECT_EQ(ending, "cancelled");
        EXPECT_EQ(patio::now(), time_point{} + 600ms);
    });
    EXPECT_EQ(say, "child unwound cleaned up");
}

// The same, one task further away. Patio: a join only watches. Who joins the group's task is cut
// alone, and the group goes on to its failure.
TEST(task_group_tests, test_taskgroup_16) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](task_group& group) { return body_with_slow_cleanup(say, group); };
        const auto nested =
            patio::create_task([&]() -> async<> { co_await with_task_group(body); });
        const auto runner = patio::create_task([&]() -> async<> { co_await nested; });
        co_await patio::sleep(100ms);
        EXPECT_FALSE(runner.done());
        runner.cancel();
        const auto ending = co_await ending_of(runner);
        EXPECT_EQ(ending, "cancelled");
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
        const auto nested_ending = co_await ending_of(nested);
        EXPECT_EQ(nested_ending, "[child]");
        EXPECT_EQ(patio::now(), time_point{} + 800ms);
    });
    EXPECT_EQ(say, "child unwound cleaned up");
}

// --- where a cancellation ends

// Both groups are cancelled in one turn. The inner one's failure is handled; the outer one's body
// is unwound where it would wait next; outside of both nothing is left.
TEST(task_group_tests, test_nested_groups_both_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto outer = [&](task_group& outer_group) -> async<> {
            const leaving last{say, "unwound"};
            const auto inner = [&](task_group& inner_group) -> async<> {
                inner_group.spawn(fail_after(0s, "inner"));
                outer_group.spawn(fail_after(0s, "outer"));
                co_return;
            };
            const auto inner_ending = co_await ending_of(with_task_group(inner));
            say(inner_ending);
            co_await patio::yield();
            say("not this");
        };
        const auto ending = co_await ending_of(with_task_group(outer));
        say(ending);
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::yield();
        say("on");
    });
    EXPECT_EQ(say, "[inner] unwound [outer] on");
}

// A failure inside and a cancellation from outside in one turn: the failure comes first, the next
// wait is the end.
TEST(task_group_tests, test_error_and_cancel) {
    trace say;
    patio::testing::run([&]() -> async<> {
        patio::event started;
        const auto raise_error = [&]() -> async<> {
            started.set();
            co_await patio::yield();
            throw std::runtime_error{"error"};
        };
        const auto body = [&](task_group& group) -> async<> {
            group.spawn(raise_error);
            co_await patio::sleep(1s);
            say("not this");
        };
        const auto inner = patio::create_task([&]() -> async<> {
            const auto ending = co_await ending_of(with_task_group(body));
            say(ending);
            EXPECT_TRUE(patio::current_task().cancelling());
            co_await patio::sleep(1s);
            say("nor this");
        });
        co_await started.wait();
        EXPECT_FALSE(inner.cancelling());
        inner.cancel();
        EXPECT_TRUE(inner.cancelling());
        const auto ending = co_await ending_of(inner);
        EXPECT_EQ(ending, "cancelled");
        EXPECT_TRUE(inner.cancelled());
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "[error]");
}

TEST(task_group_tests, test_cancellation_does_not_leak_out_of_tg) {
    patio::testing::run([]() -> async<> {
        const auto main = patio::create_task([]() -> async<int> {
            const auto body = [](task_group& group) -> async<> {
                group.spawn(fail_after(0s, "error"));
                co_return;
            };
            const auto ending = co_await ending_of(with_task_group(body));
            EXPECT_EQ(ending, "[error]");
            co_await patio::sleep(0s);  // where a cancellation would come in
            co_return 1;
        });
        const int value = co_await main;
        EXPECT_EQ(value, 1);
        EXPECT_FALSE(main.cancelled());
    });
}

}  // namespace
