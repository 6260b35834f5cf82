// SPDX-License-Identifier: MIT

// Cases of CPython's test_taskgroups, by their names there: groups that are ended early by their
// own `cancel()`, and groups that take no more tasks. The comment says what Patio does otherwise,
// if it does.

#include <patio/core/task_group.hpp>

#include <patio/core/cancelled.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"
#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::ending_of;
using conformance::fail_after;
using patio::async;
using patio::task;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::nap;
using test::trace;

/// Calls `look(group)` when everything in a group has ended, one turn before its awaiter goes on:
/// later there is no group.
template <class F>
async<> look_at_ended_group(F look) {
    bool has_looked = false;
    const auto body = [&](task_group& group) -> async<> {
        const auto last = group.spawn(test::nap_quietly(1s));
        patio::create_task([&, last, ended = &group]() -> async<> {
            co_await last;
            look(*ended);
            has_looked = true;
        });
        co_return;
    };
    co_await with_task_group(body);
    EXPECT_TRUE(has_looked);
}

// --- a group that takes no tasks

TEST(task_group_tests, test_taskgroup_finished) {
    patio::testing::run([]() -> async<> {
        std::string seen;
        const auto look = [&](task_group& ended) {
            const auto late = []() -> async<> {
                ADD_FAILURE() << "runs";
                co_return;
            };
            try {
                ended.spawn(late);
            } catch (const patio::group_closed& error) {
                seen = error.what();
            }
        };
        co_await look_at_ended_group(look);
        EXPECT_EQ(seen, "the task group has ended and takes no more tasks");
    });
}

// The coroutine that was refused is destroyed, and nobody is blamed for not having awaited it.
TEST(task_group_tests, test_coro_closed_when_tg_closed) {
    long arguments_alive = 0;
    patio::testing::run([&]() -> async<> {
        const auto look = [&](task_group& ended) {
            const auto late = [](test::counted) -> async<> {
                ADD_FAILURE() << "runs";
                co_return;
            };
            auto refused = late(test::counted{arguments_alive});
            EXPECT_EQ(arguments_alive, 1);
            EXPECT_THROW(ended.spawn(std::move(refused)), patio::group_closed);
            EXPECT_EQ(arguments_alive, 0);
        };
        co_await look_at_ended_group(look);
    });
}

// Patio: there is no group but the one that a body is given, and only while it runs.
TEST(task_group_tests, test_taskgroup_not_entered) {
    static_assert(!std::is_default_constructible_v<task_group>);
    static_assert(!std::is_copy_constructible_v<task_group>);
    static_assert(!std::is_move_constructible_v<task_group>);
    patio::testing::run([]() -> async<> {
        bool has_begun = false;
        const auto body = [&](task_group&) -> async<> {
            has_begun = true;
            co_return;
        };
        auto operation = with_task_group(body);
        co_await patio::yield();
        EXPECT_FALSE(has_begun);
        co_await operation;
        EXPECT_TRUE(has_begun);
    });
}

template <class Operation>
async<> await_again(Operation& operation) {
    co_await operation;
}

// Patio: what could be entered again is the operation, and that ends the program.
TEST(task_group_tests, test_taskgroup_already_entered) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto main = []() -> async<> {
        std::function<async<>()> enter;
        const auto body = [&](task_group&) -> async<> { co_await enter(); };
        auto operation = with_task_group(body);
        enter = [&] { return await_again(operation); };
        co_await operation;
    };
    EXPECT_DEATH(patio::testing::run(main), "patio: an operation was awaited twice");
}

TEST(task_group_tests, test_taskgroup_double_enter) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto main = []() -> async<> {
        const auto body = [](task_group&) -> async<> { co_return; };
        auto operation = with_task_group(body);
        co_await operation;
        co_await operation;
    };
    EXPECT_DEATH(patio::testing::run(main), "patio: an operation was awaited twice");
}

/// Runs to its first suspension, and says so.
async<> latecomer(trace& say) {
    const leaving last{say, "unwound"};
    say("started");
    co_await patio::sleep(1s);
    say("not this");
}

/// Spawns one more when it is cancelled.
async<> last_will(trace& say, task_group& group) {
    try {
        co_await patio::sleep(10s);
    } catch (const patio::cancelled&) {
        say("handler");
        group.spawn(latecomer(say));
        throw;
    }
}

// Patio: a group that fails takes tasks until all in it have ended; they run to their first
// suspension.
TEST(task_group_tests, test_taskgroup_no_create_task_after_failure) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto second = [&](task_group& group) -> async<> {
            co_await patio::throwing_scope(last_will(say, group));
        };
        const auto body = [&](task_group& group) -> async<> {
            group.spawn(fail_after(1ms, "first"));
            group.spawn(second(group));
            co_return;
        };
        const auto ending = co_await ending_of(with_task_group(body));
        say(ending);
        EXPECT_EQ(patio::now(), time_point{} + 1ms);
    });
    EXPECT_EQ(say, "handler started unwound [first]");
}

// --- a group that ends itself

TEST(task_group_tests, test_taskgroup_cancel_children) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> one;
        task<> two;
        const auto body = [&](task_group& group) -> async<> {
            one = group.spawn(nap(say, "one", 10s));
            two = group.spawn(nap(say, "two", 10s));
            co_await patio::yield();
            group.cancel();
        };
        co_await with_task_group(body);
        EXPECT_TRUE(one.cancelled());
        EXPECT_TRUE(two.cancelled());
        EXPECT_EQ(patio::now(), time_point{});
        co_await patio::yield();
        say("on");
    });
    EXPECT_EQ(say, "two one on");
}

TEST(task_group_tests, test_taskgroup_cancel_body) {
    int count = 0;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](task_group& group) -> async<> {
            group.cancel();
            ++count;
            co_await patio::yield();
            ++count;
        };
        co_await with_task_group(body);
        co_await patio::yield();
        EXPECT_EQ(count, 1);
        count += 10;
    });
    EXPECT_EQ(count, 11);
}

TEST(task_group_tests, test_taskgroup_cancel_from_child_before_first_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> child;
        const auto body = [&](task_group& group) -> async<> {
            const leaving last{say, "body"};
            child = group.spawn([&]() -> async<> {
                const leaving child_last{say, "child"};
                group.cancel();
                say("cancelled");
                co_await patio::sleep(10s);
                say("not this");
            });
            co_await patio::sleep(10s);
            say("nor this");
        };
        co_await with_task_group(body);
        EXPECT_TRUE(child.cancelled());
        EXPECT_EQ(patio::now(), time_point{});
        co_await patio::yield();
        say("on");
    });
    EXPECT_EQ(say, "cancelled body child on");
}

TEST(task_group_tests, test_taskgroup_cancel_idempotent) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<> child;
        std::string reason;
        const auto body = [&](task_group& group) -> async<> {
            child = group.spawn([&]() -> async<> {
                const leaving last{say, "child"};
                group.cancel("third");
                co_await patio::yield();
                say("not this");
            });
            group.cancel("first");
            group.cancel("second");
            co_return;
        };
        co_await with_task_group(body);
        try {
            co_await child;
        } catch (const patio::task_cancelled& cut) {
            reason = cut.reason();
        }
        EXPECT_EQ(reason, "first");
        co_await patio::yield();
        say("on");
    });
    EXPECT_EQ(say, "child on");
}

TEST(task_group_tests, test_taskgroup_cancel_after_exit) {
    patio::testing::run([]() -> async<> {
        const auto main = patio::create_task([]() -> async<int> {
            const auto cancel = [](task_group& ended) { ended.cancel(); };
            co_await look_at_ended_group(cancel);
            co_await patio::yield();  // where a cancellation would come in
            co_return 1;
        });
        const int value = co_await main;
        EXPECT_EQ(value, 1);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

// A failure that follows the cancellation without a wait between them is delivered.
TEST(task_group_tests, test_taskgroup_cancel_before_exception) {
    patio::testing::run([]() -> async<> {
        const auto from_child = [](task_group& group) -> async<> {
            group.spawn([&]() -> async<> {
                group.cancel();
                throw std::runtime_error{"child"};
                co_return;
            });
            co_await patio::sleep(1s);
        };
        const auto child_ending = co_await ending_of(with_task_group(from_child));
        EXPECT_EQ(child_ending, "[child]");
        const auto from_body = [](task_group& group) -> async<> {
            group.cancel();
            throw std::runtime_error{"body"};
            co_return;
        };
        const auto body_ending = co_await ending_of(with_task_group(from_body));
        EXPECT_EQ(body_ending, "[body]");
        EXPECT_EQ(patio::now(), time_point{});
    });
}

// The group is cancelled while the exception is on its way out of the child.
TEST(task_group_tests, test_taskgroup_cancel_after_exception) {
    patio::testing::run([]() -> async<> {
        struct cancelling {
            explicit cancelling(task_group& group) : left{group} {}
            cancelling(const cancelling&) = delete;
            cancelling& operator=(const cancelling&) = delete;
            ~cancelling() { left.cancel(); }
            task_group& left;
        };
        const auto body = [](task_group& group) -> async<> {
            group.spawn([&]() -> async<> {
                const cancelling last{group};
                throw std::runtime_error{"child"};
                co_return;
            });
            co_await patio::sleep(1s);
        };
        const auto ending = co_await ending_of(with_task_group(body));
        EXPECT_EQ(ending, "[child]");
        EXPECT_EQ(patio::now(), time_point{});
    });
}

// Patio: as after a failure, a task that comes now still runs to its first suspension.
TEST(task_group_tests, test_taskgroup_cancel_before_create_task) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto body = [&](task_group& group) -> async<> {
            group.cancel();
            const auto late = group.spawn(latecomer(say));
            EXPECT_TRUE(late.cancelling());
            co_return;
        };
        co_await with_task_group(body);
        say("left");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "started unwound left");
}

}  // namespace
