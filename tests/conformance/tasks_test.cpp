// SPDX-License-Identifier: MIT

// Cases of CPython's test_tasks about what tasks are: names, contexts, handles; by their names
// there. The comment says what Patio does otherwise, if it does.

#include <patio/core/task.hpp>

#include <patio/core/all_tasks.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/loop_handle.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::context_var;
using patio::duration;
using patio::event;
using patio::time_point;
using patio::testing::kept_report;

async<> nap(duration length) { co_await patio::sleep(length); }

/// Awaits `joined`; what() of the usage_error that comes out of it.
async<std::string> misuse_of(const patio::task<>& joined) {
    try {
        co_await joined;
    } catch (const patio::usage_error& error) {
        co_return error.what();
    }
    co_return "nothing";
}

// --- what can be awaited

/// Awaits a task of this thread's loop on a thread with a loop of its own.
void await_from_another_loop() {
    patio::testing::test_loop home;
    const auto task = home.spawn(nap(10s));
    home.run_until_idle();
    std::thread stranger([&] {
        const auto joins = [&]() -> async<> { co_await task; };
        patio::testing::run(joins);
    });
    stranger.join();
}

// Patio: there the awaiter gets an exception. Here the loops run on different threads, so the
// mistake has broken something already: it ends the program, and the message says whose task it is.
TEST(base_task_tests, test_other_loop_future) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(await_from_another_loop(),
                 "patio: task 'nap' belongs to loop 1 and was touched from the thread that runs "
                 "loop 2");
}

TEST(base_task_tests, test_task_awaits_on_itself) {
    patio::testing::run([]() -> async<> {
        patio::task<> self;
        const auto awaits_itself = [&]() -> async<> { co_await self; };
        self = patio::create_task(awaits_itself);
        const std::string seen = co_await misuse_of(self);
        EXPECT_EQ(seen, "a task cannot await itself: it would wait for ever");
        EXPECT_FALSE(self.cancelled());
    });
}

/// What a future lets everybody do: to set its result from outside.
template <class Future>
concept has_set_result = requires(Future& f) { f.set_result(12); };
template <class Future>
concept has_set_exception = requires(Future& f) { f.set_exception(std::exception_ptr{}); };

struct future_like {
    void set_result(int);
    void set_exception(std::exception_ptr);
};
static_assert(has_set_result<future_like> && has_set_exception<future_like>);

// Patio: handles have no such function, so there is nothing to refuse at run time.
TEST(base_task_tests, test_task_set_methods) {
    EXPECT_FALSE(has_set_result<patio::task<int>>);
    EXPECT_FALSE(has_set_exception<patio::task<int>>);
    patio::testing::run([]() -> async<> {
        const auto not_much = []() -> async<std::string> { co_return "ko"; };
        const auto task = patio::create_task(not_much);
        const std::string& result = co_await task;
        EXPECT_EQ(result, "ko");
    });
}

// --- names and starts

// Patio: the name is set on the handle, before the task has run for the first time.
TEST(base_task_tests, test_bare_create_named_task) {
    patio::testing::run([]() -> async<> {
        std::string seen;
        const auto no_op = [&]() -> async<> {
            seen = patio::current_task().name();
            co_return;
        };
        const auto task = patio::create_task(no_op);
        task.set_name("No-op");
        EXPECT_STREQ(task.name(), "No-op");
        co_await task;
        EXPECT_EQ(seen, "No-op");
        EXPECT_STREQ(task.name(), "No-op");
    });
}

// Patio: there is no other way to start a task.
TEST(base_task_tests, test_eager_start_false) {
    patio::testing::run([]() -> async<> {
        std::string name;
        const auto tells = [&]() -> async<> {
            name = patio::current_task().name();
            co_return;
        };
        const auto task = patio::create_task(tells);
        task.set_name("example");
        EXPECT_EQ(name, "");
        EXPECT_FALSE(task.done());
        co_await task;
        EXPECT_EQ(name, "example");
    });
}

// --- dropped handles and stopped loops

/// Waits; says how that ended.
async<> wait_and_tell(event& happened, std::string& log) {
    struct leaving {
        std::string& log;
        ~leaving() { log += "left "; }
    } const last{log};
    co_await happened.wait();
    log += "went on ";
}

// Patio: a task belongs to its group and needs no handle. It is never destroyed while it waits.
TEST(base_task_tests, test_log_destroyed_pending_task) {
    event happened;
    std::string log;
    patio::testing::run([&]() -> async<> {
        patio::create_task(wait_and_tell(happened, log)).set_name("kept by its group");
        co_await patio::yield();
        EXPECT_EQ(happened.waiting(), 1U);
        const auto tasks = patio::all_tasks();
        const auto is_kept = [](const patio::any_task& task) {
            return std::string{task.name()} == "kept by its group";
        };
        EXPECT_EQ(std::count_if(tasks.begin(), tasks.end(), is_kept), 1);
        happened.set();
        co_await patio::yield();
        EXPECT_EQ(log, "went on left ");
    });
    EXPECT_EQ(log, "went on left ");
}

// Patio: what still waits when the program ends is unwound. Nothing is wrong with that.
TEST(base_task_tests, test_log_destroyed_pending_task_at_the_end) {
    event happened;
    std::string log;
    std::vector<kept_report> reports;
    const auto body = [&]() -> async<> {
        patio::create_task(wait_and_tell(happened, log));
        co_await patio::yield();
    };
    patio::testing::run(body, patio::testing::run_options{}.keep_reports(reports));
    EXPECT_EQ(log, "left ");
    EXPECT_TRUE(reports.empty());
    EXPECT_EQ(happened.waiting(), 0U);
}

// Patio: what is said of a dropped handle is a failure that nobody can see any more.
TEST(base_task_tests, test_log_destroyed_pending_task_that_fails) {
    std::vector<kept_report> reports;
    const auto body = []() -> async<> {
        const auto kill_me = []() -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"reached"};
        };
        patio::create_task(kill_me).set_name("kill_me");
        co_await patio::sleep(2s);
    };
    patio::testing::run(body, patio::testing::run_options{}.keep_reports(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::unobserved_failure);
    EXPECT_EQ(reports[0].task, "kill_me");
}

// Patio: `run()` cannot be stopped, only main can end. A loop that is run piece by piece can stand
// still anywhere, and goes on where it stood.
TEST(base_task_tests, test_stop_while_run_in_complete) {
    patio::testing::test_loop loop;
    int count = 0;
    const auto counts = [&]() -> async<> {
        while (count < 10) {
            co_await patio::sleep(100ms);
            ++count;
        }
    };
    const auto task = loop.spawn(counts());
    loop.advance(200ms);
    EXPECT_EQ(count, 2);
    EXPECT_FALSE(task.done());
    EXPECT_EQ(loop.now(), time_point{} + 200ms);

    loop.advance(799ms);
    EXPECT_EQ(count, 9);
    EXPECT_FALSE(task.done());
    loop.advance(1ms);
    EXPECT_EQ(count, 10);
    EXPECT_TRUE(task.done());
    EXPECT_FALSE(task.cancelled());
    loop.finish();
}

// --- contexts

TEST(base_task_tests, test_context_1) {
    context_var<std::string> variable{"nope"};
    patio::testing::run([&]() -> async<> {
        const auto sub = [&]() -> async<> {
            co_await patio::sleep(10ms);
            EXPECT_EQ(variable.get(), "nope") << "as it was when this task was spawned";
            variable.set("something else");
            EXPECT_EQ(variable.get(), "something else");
        };
        EXPECT_EQ(variable.get(), "nope");
        const auto subtask = patio::create_task(sub);
        variable.set("yes");
        EXPECT_EQ(variable.get(), "yes");
        co_await subtask;
        EXPECT_EQ(variable.get(), "yes");
    });
    EXPECT_EQ(variable.get(), "nope");
}

// Patio: a function that the loop calls has no context of its own, so it cannot spoil one: it sees
// the default and may not set anything.
TEST(base_task_tests, test_context_2) {
    context_var<std::string> variable{"nope"};
    patio::testing::run([&]() -> async<> {
        for (int j = 0; j < 2; ++j) {
            event called;
            const std::string mine = "yes" + std::to_string(j);
            variable.set(mine);
            patio::current_loop().post([&] {
                EXPECT_EQ(variable.get(), "nope");
                EXPECT_THROW(variable.set("something else"), patio::usage_error);
                called.set();
            });
            co_await called.wait();
            EXPECT_EQ(variable.get(), mine);
            for (int i = 0; i < 3; ++i) {
                const std::string next = mine + "-" + std::to_string(i);
                variable.set(next);
                co_await patio::sleep(1ms);
                EXPECT_EQ(variable.get(), next);
            }
        }
    });
    EXPECT_EQ(variable.get(), "nope");
}

TEST(base_task_tests, test_context_3) {
    context_var<int> variable{-1};
    int checks = 0;
    patio::testing::run([&]() -> async<> {
        const auto sub = [&](int number) -> async<> {
            for (int i = 0; i < 10; ++i) {
                variable.set(number + i);
                co_await patio::sleep(1ms * (1 + (number * 17 + i * 29) % 50));
                EXPECT_EQ(variable.get(), number + i);
                ++checks;
            }
        };
        std::vector<async<>> subs;
        for (int number = 0; number < 100; ++number)
            subs.push_back(sub(number));
        co_await patio::gather(subs);
        EXPECT_EQ(variable.get(), -1);
    });
    EXPECT_EQ(checks, 1000);
    EXPECT_EQ(variable.get(), -1);
}

// There, three ways to give several tasks one context, in which each sees what the one before has
// set. Patio: contexts are no objects, and tasks never share one.

async<> set_later(context_var<int>& variable, int value) {
    co_await patio::yield();
    variable.set(value);
}

// What shares the context of its caller is a coroutine that it awaits.
TEST(base_task_tests, test_context_4) {
    context_var<int> variable{0};
    patio::testing::run([&]() -> async<> {
        co_await set_later(variable, 1);
        EXPECT_EQ(variable.get(), 1);
        co_await set_later(variable, 2);
        EXPECT_EQ(variable.get(), 2);
    });
}

TEST(base_task_tests, test_context_5) {
    context_var<int> variable{0};
    patio::testing::run([&]() -> async<> {
        co_await patio::create_task(set_later(variable, 1));
        EXPECT_EQ(variable.get(), 0);
        co_await patio::create_task(set_later(variable, 2));
        EXPECT_EQ(variable.get(), 0);
    });
}

TEST(base_task_tests, test_context_6) {
    context_var<int> variable{0};
    patio::testing::run([&]() -> async<> {
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            co_await group.spawn(set_later(variable, 1));
            EXPECT_EQ(variable.get(), 0);
            variable.set(7);  // the body is a part of the task that opened the group
            co_await group.spawn(set_later(variable, 2));
            EXPECT_EQ(variable.get(), 7);
        });
        EXPECT_EQ(variable.get(), 7);
    });
}

}  // namespace
