// SPDX-License-Identifier: MIT

// What Trio's `nursery.start` and anyio's `task_group.start` do, replayed on `task_group::start`.
// Each suite bears the name of the test that it follows. Where Patio differs on purpose, the test
// says so.

#include <patio/core/exception_group.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::ready;
using patio::task_group;
using patio::with_task_group;

async<> sleep_then_start(ready<int> started, int seconds) {
    co_await patio::sleep(std::chrono::seconds{seconds});
    started(seconds);
    co_await patio::sleep(std::chrono::seconds{seconds});
}

/// Runs `start` in a task that is being cancelled already; true if it was unwound.
template <class F>
async<bool> is_cut_when_cancelled(F& start) {
    auto body = [&]() -> async<> {
        patio::current_task().cancel();
        co_await start();
    };
    const auto task = patio::create_task(body);
    try {
        co_await task;
    } catch (const patio::task_cancelled&) {
        co_return true;
    }
    co_return false;
}

// --- Trio. Its first sub-behaviour, a TypeError for a function that cannot take the status, is a
// compile error here: tests/compile_fail/start_without_ready.cpp.

TEST(test_nursery_start, waits_until_started_and_the_nursery_for_the_child) {
    patio::testing::run([]() -> async<> {
        for (int seconds = 1; seconds <= 2; ++seconds) {
            const auto begin = patio::now();
            co_await with_task_group([&](task_group& group) -> async<> {
                EXPECT_EQ(group.size(), 0U);
                const int value = co_await group.start<int>(sleep_then_start, seconds);
                EXPECT_EQ(value, seconds);
                EXPECT_EQ(patio::now() - begin, duration{std::chrono::seconds{seconds}});
                EXPECT_EQ(group.size(), 1U);
            });
            EXPECT_EQ(patio::now() - begin, duration{std::chrono::seconds{2 * seconds}});
        }
    });
}

TEST(test_nursery_start, lets_the_task_function_be_called_directly) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await sleep_then_start(ready<int>{}, 3);
        EXPECT_EQ(patio::now() - begin, duration{6s});
    });
}

TEST(test_nursery_start, refuses_a_second_call_of_started) {
    patio::testing::run([]() -> async<> {
        auto double_started = [](ready<> started) -> async<> {
            started();
            EXPECT_THROW(started(), patio::usage_error);
            co_return;
        };
        co_await with_task_group(
            [&](task_group& group) -> async<> { co_await group.start(double_started); });
    });
}

TEST(test_nursery_start, throws_what_the_child_throws_before_started) {
    patio::testing::run([]() -> async<> {
        auto raise_keyerror = [](ready<>) -> async<> {
            throw std::out_of_range{"oops"};
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            bool has_thrown = false;
            try {
                co_await group.start(raise_keyerror);
            } catch (const std::out_of_range&) {
                has_thrown = true;
            }
            EXPECT_TRUE(has_thrown);
        });
    });
}

TEST(test_nursery_start, throws_when_the_child_exits_without_started) {
    patio::testing::run([]() -> async<> {
        auto nothing = [](ready<>) -> async<> { co_return; };
        co_await with_task_group([&](task_group& group) -> async<> {
            std::string seen;
            try {
                co_await group.start(nothing);
            } catch (const patio::usage_error& error) {
                seen = error.what();
            }
            EXPECT_NE(seen.find("ended without having called"), std::string::npos) << seen;
        });
    });
}

TEST(test_nursery_start, keeps_the_child_of_a_cancelled_start) {
    patio::testing::run([]() -> async<> {
        auto just_started = [](ready<std::string> started) -> async<> {
            started("hi");
            co_await patio::yield();
            ADD_FAILURE() << "must not get here";
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            auto start = [&]() -> async<> {
                co_await group.start<std::string>(just_started);
                ADD_FAILURE() << "must not get here";
            };
            const bool is_cut = co_await is_cut_when_cancelled(start);
            EXPECT_TRUE(is_cut);
            EXPECT_EQ(group.size(), 0U);
        });
    });
}

TEST(test_nursery_start, succeeds_although_cancelled_if_the_child_never_waits) {
    patio::testing::run([]() -> async<> {
        auto without_checkpoint = [](ready<> started) -> async<> {
            started();
            co_return;
        };
        bool has_returned = false;
        co_await with_task_group([&](task_group& group) -> async<> {
            auto start = [&]() -> async<> {
                co_await group.start(without_checkpoint);
                has_returned = true;
            };
            const bool is_cut = co_await is_cut_when_cancelled(start);
            EXPECT_FALSE(is_cut);
        });
        EXPECT_TRUE(has_returned);
    });
}

TEST(test_nursery_start, throws_although_started_if_it_is_cancelled_and_the_child_fails) {
    patio::testing::run([]() -> async<> {
        auto raise_keyerror_after_started = [](ready<> started) -> async<> {
            started();
            throw std::out_of_range{"whoopsiedaisy"};
            co_return;
        };
        std::string seen;
        co_await with_task_group([&](task_group& group) -> async<> {
            auto start = [&]() -> async<> {
                try {
                    co_await group.start(raise_keyerror_after_started);
                } catch (const std::out_of_range& error) {
                    seen = error.what();
                }
            };
            co_await is_cut_when_cancelled(start);
        });
        EXPECT_EQ(seen, "whoopsiedaisy");
    });
}

TEST(test_nursery_start, refuses_a_closed_nursery_at_once) {
    patio::testing::run([]() -> async<> {
        task_group* closed = nullptr;
        bool was_refused = false;
        patio::task<> waiting;
        auto stranger = [&](patio::task<> last) -> async<> {
            co_await std::move(last);  // goes on when the group has settled, but still exists
            const auto begin = patio::now();
            try {
                co_await closed->start<int>(sleep_then_start, 7);
            } catch (const patio::group_closed&) {
                was_refused = true;
            }
            EXPECT_EQ(patio::now(), begin);
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            closed = &group;
            auto last = group.spawn([]() -> async<> { co_await patio::sleep(1s); });
            waiting = patio::create_task(stranger, std::move(last));
            co_return;
        });
        co_await std::move(waiting);
        EXPECT_TRUE(was_refused);
    });
}

// Calls `started()` while children of the child sleep, so that the cancellation has to abort them
// where they sleep when they are moved.
async<> sleeping_children(ready<> started, std::function<void()> before_started) {
    co_await with_task_group([&](task_group& group) -> async<> {
        group.spawn([]() -> async<> { co_await patio::sleep(1h); });
        group.spawn([]() -> async<> { co_await patio::sleep(1h); });
        co_await patio::sleep(1s);
        before_started();
        started();
    });
}

async<> setup_nursery(ready<task_group*> started) {
    co_await with_task_group([&](task_group& group) -> async<> {
        started(&group);
        co_await patio::sleep(24h);
    });
}

TEST(test_nursery_start_with_cancelled_nursery, just_before_started) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            task_group* target = co_await group.start<task_group*>(setup_nursery);
            const std::function<void()> cancel = [target] { target->cancel(); };
            co_await target->start(sleeping_children, cancel);
        });
        EXPECT_EQ(patio::now() - begin, duration{1s});
    });
}

TEST(test_nursery_start_with_cancelled_nursery, just_after_started) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            task_group* target = co_await group.start<task_group*>(setup_nursery);
            const std::function<void()> nothing = [] {};
            co_await target->start(sleeping_children, nothing);
            target->cancel();
        });
        EXPECT_EQ(patio::now() - begin, duration{1s});
    });
}

// --- anyio

TEST(test_start_no_value, returns_when_started) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<> started) -> async<> {
            started();
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(taskfunc);
            SUCCEED();
        });
    });
}

TEST(test_start_called_twice, throws_usage_error) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<> started) -> async<> {
            started();
            EXPECT_THROW(started(), patio::usage_error);
            co_return;
        };
        co_await with_task_group(
            [&](task_group& group) -> async<> { co_await group.start(taskfunc); });
    });
}

TEST(test_no_called_started_twice, in_a_task_that_goes_on) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<> started) -> async<> {
            started();
            co_await patio::sleep(1s);
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(taskfunc);
            EXPECT_EQ(group.size(), 1U);
        });
    });
}

TEST(test_start_with_value, returns_it) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<std::string> started) -> async<> {
            started("foo");
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const std::string value = co_await group.start<std::string>(taskfunc);
            EXPECT_EQ(value, "foo");
        });
    });
}

TEST(test_start_crash_before_started_call, comes_out_of_start) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<>) -> async<> {
            co_await patio::sleep(100ms);
            throw std::runtime_error{"foo"};
        };
        std::string seen;
        co_await with_task_group([&](task_group& group) -> async<> {
            try {
                co_await group.start(taskfunc);
            } catch (const std::runtime_error& error) {
                seen = error.what();
            }
        });
        EXPECT_EQ(seen, "foo");
    });
}

TEST(test_start_crash_after_started_call, comes_out_of_the_group) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<int> started) -> async<> {
            started(2);
            throw std::runtime_error{"foo"};
            co_return;
        };
        std::optional<int> value;
        std::size_t failure_count = 0;
        try {
            co_await with_task_group(
                [&](task_group& group) -> async<> { value = co_await group.start<int>(taskfunc); });
        } catch (const patio::exception_group& failures) {
            failure_count = failures.size();
            EXPECT_TRUE(failures.contains<std::runtime_error>());
        }
        EXPECT_EQ(value, 2);
        EXPECT_EQ(failure_count, 1U);
    });
}

TEST(test_start_no_started_call, throws_usage_error) {
    patio::testing::run([]() -> async<> {
        auto taskfunc = [](ready<>) -> async<> { co_return; };
        bool has_thrown = false;
        co_await with_task_group([&](task_group& group) -> async<> {
            try {
                co_await group.start(taskfunc);
            } catch (const patio::usage_error&) {
                has_thrown = true;
            }
        });
        EXPECT_TRUE(has_thrown);
    });
}

TEST(test_start_cancelled, runs_the_child_to_its_first_wait_only) {
    patio::testing::run([]() -> async<> {
        bool has_started = false;
        bool has_finished = false;
        auto taskfunc = [&](ready<> started) -> async<> {
            has_started = true;
            co_await patio::sleep(2s);
            has_finished = true;
            started();
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.cancel();
            co_await group.start(taskfunc);
        });
        EXPECT_TRUE(has_started);
        EXPECT_FALSE(has_finished);
    });
}

TEST(test_start_native_host_cancelled, cancels_the_child) {
    patio::testing::run([]() -> async<> {
        bool has_started = false;
        bool has_finished = false;
        auto taskfunc = [&](ready<> started) -> async<> {
            has_started = true;
            co_await patio::sleep(2s);
            has_finished = true;
            started();
        };
        auto start_another = [&]() -> async<> {
            co_await with_task_group(
                [&](task_group& group) -> async<> { co_await group.start(taskfunc); });
        };
        const auto task = patio::create_task(start_another);
        co_await patio::sleep(100ms);
        task.cancel();
        bool was_cancelled = false;
        try {
            co_await task;
        } catch (const patio::task_cancelled&) {
            was_cancelled = true;
        }
        EXPECT_TRUE(was_cancelled);
        EXPECT_TRUE(has_started);
        EXPECT_FALSE(has_finished);
    });
}

TEST(test_start_native_child_cancelled, tells_the_one_who_started_it) {
    // In asyncio the start() raises CancelledError, which looks as if the host was cancelled; here
    // a cancellation of somebody else is an ordinary exception (task_cancelled).
    patio::testing::run([]() -> async<> {
        patio::any_task child;
        bool has_finished = false;
        bool was_told = false;
        auto taskfunc = [&](ready<> started) -> async<> {
            child = patio::current_task();
            co_await patio::sleep(2s);
            has_finished = true;
            started();
        };
        auto start_another = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                try {
                    co_await group.start(taskfunc);
                } catch (const patio::task_cancelled&) {
                    was_told = true;
                }
            });
        };
        const auto task = patio::create_task(start_another);
        co_await patio::sleep(100ms);
        child.cancel();
        co_await task;
        EXPECT_TRUE(was_told);
        EXPECT_FALSE(has_finished);
    });
}

TEST(test_start_cancels_parent_scope, and_is_a_success) {
    patio::testing::run([]() -> async<> {
        bool has_started = false;
        bool has_returned = false;
        co_await with_task_group([&](task_group& group) -> async<> {
            auto in_task_group = [&](ready<> started) -> async<> {
                has_started = true;
                group.cancel();
                started();
                co_return;
            };
            co_await group.start(in_task_group);
            has_returned = true;
        });
        EXPECT_TRUE(has_started);
        EXPECT_TRUE(has_returned);
    });
}

TEST(test_start_exception_delivery, keeps_errors_of_the_arguments_out_of_the_group) {
    // anyio: a task function that cannot be called with these arguments. Here those are compile
    // errors; what is left is a copy or a function that throws before it makes a coroutine.
    patio::testing::run([]() -> async<> {
        auto plain = [](ready<>) -> async<> { throw std::invalid_argument{"at once"}; };
        std::string seen;
        co_await with_task_group([&](task_group& group) -> async<> {
            try {
                co_await group.start(plain);
            } catch (const std::invalid_argument& error) {
                seen = error.what();
            }
        });
        EXPECT_EQ(seen, "at once");
    });
}

}  // namespace
