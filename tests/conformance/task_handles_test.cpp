// SPDX-License-Identifier: MIT

// Cases of anyio's TestTaskHandle: what one can ask and tell a task that was started in a group,
// by their names there. The comment says what Patio does otherwise, if it does.

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::event;
using patio::shield;
using patio::task;
using patio::task_cancelled;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::trace;

async<int> add(int x, int y) { co_return x + y; }

async<int> dummy_error() {
    throw std::runtime_error{"dummy error"};
    co_return 0;
}

/// Waits for the end of `joined`, however it ends, and tells how that was.
async<std::string> end_of(task<int> joined) {
    auto [end] = co_await patio::gather_settled(std::move(joined));
    if (end.has_value()) co_return "value " + std::to_string(end.value());
    if (end.is_cancelled()) co_return "cancelled";
    std::string text = "failure";
    try {
        end.value();
    } catch (const std::exception& error) {
        text = error.what();
    } catch (int number) {
        text = std::to_string(number);
    }
    co_return text;
}

TEST(TestTaskHandle, test_return_value) {
    patio::testing::run([]() -> async<> {
        task<int> handle;
        co_await with_task_group([&](task_group& group) -> async<> {
            handle = group.spawn(add(2, 4));
            EXPECT_FALSE(handle.done()) << "it runs in the next turn";
            EXPECT_STREQ(handle.name(), "add");
            const int sum = co_await handle;
            EXPECT_EQ(sum, 6);
            EXPECT_TRUE(handle.done());
            EXPECT_EQ(group.size(), 0U);
        });
        const auto before = patio::testing::turn();
        const int again = co_await handle;
        EXPECT_EQ(again, 6);
        EXPECT_EQ(patio::testing::turn(), before);
        EXPECT_FALSE(handle.cancelled());
        EXPECT_STREQ(handle.name(), "add");
    });
}

// anyio has attributes that throw until the task has ended. Here one asks done(), or waits.
TEST(TestTaskHandle, test_return_value_of_a_task_that_has_not_finished) {
    patio::testing::run([]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            const auto handle = group.spawn(test::value_after(2s, 6));
            co_await patio::sleep(1s);
            EXPECT_FALSE(handle.done());
            const int value = co_await handle;
            EXPECT_EQ(value, 6);
            EXPECT_EQ(patio::now(), time_point{2s});
        });
    });
}

/// Runs a group whose body joins a failing child, which `child` makes.
async<std::exception_ptr> failure_of_group(async<int> child, task<int>& handle, trace& say) {
    std::exception_ptr failure;
    std::size_t count = 0;
    try {
        co_await with_task_group([&](task_group& group) -> async<> {
            const leaving end{say, "body"};
            handle = group.spawn(std::move(child));
            co_await handle;
            say("not this");
        });
    } catch (const patio::exception_group& failures) {
        count = failures.size();
        failure = failures[0].error();
    }
    EXPECT_EQ(count, 1U);
    co_return failure;
}

// anyio lets the body see TaskFailed. Here the failure cancels the group before it wakes who joins
// inside of it; whoever joins outside gets the exception itself.
TEST(TestTaskHandle, test_exception) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task<int> handle;
        const auto failure = co_await failure_of_group(dummy_error(), handle, say);
        EXPECT_THROW(std::rethrow_exception(failure), std::runtime_error);
        EXPECT_TRUE(handle.done());
        EXPECT_FALSE(handle.cancelled());
        for (int i = 0; i < 2; ++i) {
            const auto end = co_await end_of(handle);
            EXPECT_EQ(end, "dummy error");
        }
        EXPECT_STREQ(handle.name(), "dummy_error");
    });
    EXPECT_EQ(say, "body");
}

TEST(TestTaskHandle, test_exception_seen_by_the_body) {
    patio::testing::run([]() -> async<> {
        std::string seen;
        std::size_t count = 0;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                const auto handle = group.spawn(dummy_error());
                // The shield is what keeps the body alive; a join that need not wait is not cut.
                co_await shield(patio::sleep(1s));
                try {
                    co_await handle;
                } catch (const std::runtime_error& error) {
                    seen = error.what();
                }
            });
        } catch (const patio::exception_group& failures) {
            count = failures.size();
        }
        EXPECT_EQ(seen, "dummy error");
        EXPECT_EQ(count, 1U) << "that somebody saw it does not make it undone";
    });
}

// Python distinguishes exceptions that end the program. Here whatever is thrown is a failure.
TEST(TestTaskHandle, test_base_exception) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto exits = []() -> async<int> {
            throw 5;
            co_return 0;
        };
        task<int> handle;
        const auto failure = co_await failure_of_group(exits(), handle, say);
        EXPECT_THROW(std::rethrow_exception(failure), int);
        EXPECT_TRUE(handle.done());
        const auto end = co_await end_of(handle);
        EXPECT_EQ(end, "5");
    });
    EXPECT_EQ(say, "body");
}

/// Cancels a task that has run to its first wait, or not at all.
void cancel_task(bool is_running) {
    trace say;
    patio::testing::run([&]() -> async<> {
        event never;
        auto taskfunc = [&]() -> async<int> {
            const leaving end{say, "unwound"};
            say("started");
            co_await never.wait();
            say("not this");
            co_return 1;
        };
        task<int> handle;
        co_await with_task_group([&](task_group& group) -> async<> {
            handle = group.spawn(taskfunc);
            if (is_running) co_await patio::yield();
            EXPECT_EQ(say, is_running ? "started" : "");
            EXPECT_FALSE(handle.cancelling());
            EXPECT_TRUE(handle.cancel("enough"));
            EXPECT_TRUE(handle.cancelling());
            EXPECT_FALSE(handle.done());
            EXPECT_FALSE(handle.cancelled());
            std::string reason;
            try {
                co_await handle;
            } catch (const task_cancelled& error) {
                reason = error.reason();
            }
            EXPECT_EQ(reason, "enough");
            co_await patio::yield();  // the group goes on: this was no failure
            say("body");
        });
        EXPECT_FALSE(handle.cancelling());
        EXPECT_TRUE(handle.cancelled());
        EXPECT_TRUE(handle.done());
        EXPECT_FALSE(handle.cancel());
        const auto end = co_await end_of(handle);
        EXPECT_EQ(end, "cancelled");
    });
    EXPECT_EQ(say, "started unwound body");
}

TEST(TestTaskHandle, test_cancel_before_it_runs) { cancel_task(false); }
TEST(TestTaskHandle, test_cancel_while_it_waits) { cancel_task(true); }

async<std::string> own_name() { co_return patio::current_task().name(); }

TEST(TestTaskHandle, test_task_name_default) {
    patio::testing::run([]() -> async<> {
        task<std::string> handle;
        co_await with_task_group([&](task_group& group) -> async<> {
            handle = group.spawn(own_name());
            EXPECT_STREQ(handle.name(), "own_name");
            const std::string seen = co_await handle;
            EXPECT_EQ(seen, handle.name());
        });
        EXPECT_STREQ(handle.name(), "own_name");
    });
}

TEST(TestTaskHandle, test_task_name_custom_name) {
    patio::testing::run([]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            const auto handle = group.spawn(own_name());
            handle.set_name("custom name");
            EXPECT_STREQ(handle.name(), "custom name");
            const std::string seen = co_await handle;
            EXPECT_EQ(seen, "custom name");
            EXPECT_STREQ(handle.name(), "custom name");
        });
    });
}

// anyio's handle.wait() returns however the task ends. That is what gather_settled does; the group
// does not fail less for it.
TEST(TestTaskHandle, test_wait) {
    patio::testing::run([]() -> async<> {
        task<int> handle;
        task<std::string> watcher;
        std::string failure;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                handle = group.spawn(test::failure_after(1s, "dummy error"));
                watcher = patio::create_task(end_of(handle));
                co_return;
            });
        } catch (const patio::exception_group& failures) {
            failure = failures.what();
        }
        EXPECT_NE(failure.find("dummy error"), std::string::npos) << failure;
        const std::string seen = co_await watcher;
        EXPECT_EQ(seen, "dummy error");
        EXPECT_TRUE(handle.done());
        EXPECT_FALSE(handle.cancelled());
        const auto again = co_await end_of(handle);
        EXPECT_EQ(again, "dummy error");
    });
}

// anyio: start(…, return_handle=True). Here the task gives its handle itself, as the value.
TEST(TestTaskHandle, test_start_return_handle) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto taskfunc = [&](patio::ready<patio::any_task> started) -> async<> {
            const leaving end{say, "unwound"};
            started(patio::current_task());
            co_await patio::sleep(5s);
            say("not this");
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const auto handle = co_await group.start<patio::any_task>(taskfunc);
            EXPECT_FALSE(handle.done());
            EXPECT_EQ(group.size(), 1U);
            EXPECT_TRUE(handle.cancel());
            co_await patio::yield();
            EXPECT_TRUE(handle.cancelled());
            EXPECT_EQ(group.size(), 0U);
        });
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "unwound");
}

}  // namespace
