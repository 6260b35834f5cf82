// SPDX-License-Identifier: MIT

// Cases of anyio's test_taskgroups about cancel scopes, and about scopes in a task that is itself
// cancelled: what asyncio calls native cancellation and counts. Each suite bears the name of the
// test there. A scope that somebody cancels is a task group here, with or without tasks in it.

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::event;
using patio::shield;
using patio::task_cancelled;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::trace;

constexpr duration forever = duration::forever();

/// Calls a function when it is destroyed: what a frame does while it is unwound.
template <class F>
class at_unwinding {
public:
    explicit at_unwinding(F call) : call_{std::move(call)} {}
    at_unwinding(const at_unwinding&) = delete;
    at_unwinding& operator=(const at_unwinding&) = delete;
    ~at_unwinding() { call_(); }

private:
    F call_;
};

// --- test_level_cancellation

TEST(test_level_cancellation, lets_a_task_that_had_not_started_run_to_its_first_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto dummy = [&]() -> async<> {
            say("started");
            co_await patio::sleep(0s);
            say("not this");
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(dummy);
            EXPECT_EQ(say, "");
            group.cancel();
            co_return;
        });
    });
    EXPECT_EQ(say, "started");
}

// Only in a throwing scope does code run on after a suspension that was cut; each further one is
// cut too.
TEST(test_level_cancellation, cuts_every_suspension_and_not_only_the_first) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stubborn = [&]() -> async<> {
            for (int i = 0; i < 2; ++i) {
                try {
                    co_await patio::sleep(forever);
                } catch (const patio::cancelled&) {
                    say("cut");
                }
            }
            co_await patio::yield();
            say("not this");
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.cancel();
            co_await patio::throwing_scope(stubborn());
        });
    });
    EXPECT_EQ(say, "cut cut");
}

// --- test_cancelled_raises_beyond_origin

TEST(test_cancelled_raises_beyond_origin_unshielded, goes_on_to_a_scope_cancelled_meanwhile) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            const leaving outer_ends{say, "outer"};
            co_await with_task_group([&](task_group& inner) -> async<> {
                inner.cancel();
                auto cancel_outer = [&] {
                    say("inner");
                    outer.cancel();
                };
                const at_unwinding last{cancel_outer};
                co_await patio::checkpoint();
                say("not this");
            });
            say("nor this");
        });
        say("end");
    });
    EXPECT_EQ(say, "inner outer end");
}

TEST(test_cancelled_raises_beyond_origin_unshielded, also_if_a_cleanup_cancels_the_outer_scope) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            const leaving outer_ends{say, "outer"};
            auto cleanup = [&]() -> async<> {
                co_await patio::sleep(1s);
                outer.cancel();
                co_await patio::sleep(1s);
                say("cleanup");
            };
            co_await with_task_group([&](task_group& inner) -> async<> {
                inner.cancel();
                co_await patio::finally(test::nap(say, "inner", 1h), cleanup);
                say("not this");
            });
            say("nor this");
        });
        EXPECT_EQ(patio::now(), time_point{2s});
    });
    EXPECT_EQ(say, "inner cleanup outer");
}

TEST(test_cancelled_raises_beyond_origin_shielded, stops_at_the_inner_scope_behind_a_shield) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& outer) -> async<int> {
            auto cancelled_inside = [&](task_group& inner) -> async<> {
                inner.cancel();
                auto cancel_outer = [&] { outer.cancel(); };
                const at_unwinding last{cancel_outer};
                co_await patio::checkpoint();
                say("not this");
            };
            co_await shield(with_task_group(cancelled_inside));
            say("between the scopes");
            co_return 5;
        };
        // The outer scope cuts nothing: its body comes to its end without another suspension.
        const int value = co_await with_task_group(body);
        EXPECT_EQ(value, 5);
    });
    EXPECT_EQ(say, "between the scopes");
}

// --- test_no_spin_on_done_task_in_cancel_scope

TEST(test_no_spin_on_done_task_in_cancel_scope, takes_no_turns_while_it_waits_for_a_shield) {
    patio::testing::run([]() -> async<> {
        patio::task<> done;
        auto at_once = []() -> async<> { co_return; };
        auto shielded = []() -> async<> { co_await shield(patio::sleep(1h)); };
        const auto before = patio::testing::turn();
        co_await with_task_group([&](task_group& group) -> async<> {
            done = group.spawn(at_once);
            group.spawn(shielded);
            co_await patio::yield();
            EXPECT_TRUE(done.done());
            group.cancel();
            done.cancel();
        });
        EXPECT_EQ(patio::now(), time_point{1h});
        EXPECT_LE(patio::testing::turn() - before, 6U);
    });
}

TEST(test_no_spin_on_done_task_in_cancel_scope, takes_no_turns_while_an_operation_does_not_end) {
    patio::testing::run([]() -> async<> {
        auto deaf = []() -> async<> {
            test::kernel_operation operation{1h, duration{}, true};
            co_await operation;
        };
        const auto before = patio::testing::turn();
        const bool has_ended = co_await patio::move_on_after(1s, deaf());
        EXPECT_TRUE(has_ended) << "its result is delivered";
        EXPECT_EQ(patio::now(), time_point{1h});
        EXPECT_LE(patio::testing::turn() - before, 6U);
    });
}

// --- test_cancel_child_task_when_host_is_shielded

TEST(test_cancel_child_task_when_host_is_shielded, reaches_the_child_at_once) {
    trace say;
    patio::testing::run([&]() -> async<> {
        event cancelled;
        auto wait_cancel = [&]() -> async<> {
            auto tell = [&] { cancelled.set(); };
            const at_unwinding last{tell};
            co_await patio::sleep(forever);
        };
        co_await with_task_group([&](task_group& parent) -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                group.spawn(wait_cancel);
                co_await patio::yield();
                auto inside = [&]() -> async<> {
                    parent.cancel();
                    co_await patio::timeout(1s, cancelled.wait());
                    say("the child is gone");
                };
                co_await shield(inside());
                co_await patio::yield();
                say("not this");
            });
            say("nor this");
        });
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "the child is gone");
}

// --- test_start_cancels_parent_scope

TEST(test_start_cancels_parent_scope, starts_the_child_and_leaves_the_group_alone) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto in_task_group = [&](patio::ready<>) -> async<> {
            const leaving end{say, "child"};
            say("started");
            co_await patio::sleep(forever);
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await with_task_group([&](task_group& inner) -> async<> {
                inner.cancel();
                co_await group.start(in_task_group);
                say("not this");
            });
            EXPECT_EQ(group.size(), 0U);
            co_await patio::yield();
            say("goes on");
        });
    });
    EXPECT_EQ(say, "started child goes on");
}

// --- TestUncancel. There is no count and nothing to take back: a scope ends its own cancellation,
// that of a task ends the task, and a cancelled task stays cancelled.

/// Joins a task that was cancelled, and gives the reason.
async<std::string> reason_of(patio::task<> joined) {
    std::string reason = "not cancelled";
    try {
        co_await joined;
    } catch (const task_cancelled& error) {
        reason = error.reason();
    }
    co_return reason;
}

TEST(TestUncancel, test_uncancel_after_native_cancel) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "task"};
            co_await with_task_group([&](task_group&) -> async<> {
                const leaving scope_end{say, "scope"};
                patio::current_task().cancel("native");
                EXPECT_TRUE(patio::current_task().cancelling());
                co_await patio::yield();
                say("not this");
            });
            say("nor this");
        };
        const auto reason = co_await reason_of(patio::create_task(work));
        EXPECT_EQ(reason, "native");
    });
    EXPECT_EQ(say, "scope task");
}

TEST(TestUncancel, test_uncancel_after_scope_cancel) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            co_await with_task_group([&](task_group& scope) -> async<> {
                scope.cancel("scope");
                co_await patio::yield();
                say("not this");
            });
            EXPECT_FALSE(patio::current_task().cancelling());
            co_await patio::yield();
            say("goes on");
        };
        const auto reason = co_await reason_of(patio::create_task(work));
        EXPECT_EQ(reason, "not cancelled");
    });
    EXPECT_EQ(say, "goes on");
}

TEST(TestUncancel, test_uncancel_after_scope_and_native_cancel) {
    patio::testing::run([]() -> async<> {
        auto scope_first = []() -> async<> {
            co_await with_task_group([](task_group& scope) -> async<> {
                scope.cancel("scope");
                patio::current_task().cancel("native");
                co_await patio::yield();
            });
            ADD_FAILURE() << "must not get here";
        };
        const auto first = co_await reason_of(patio::create_task(scope_first));
        EXPECT_EQ(first, "native");
        auto task_first = []() -> async<> {
            co_await with_task_group([](task_group& scope) -> async<> {
                patio::current_task().cancel("native");
                scope.cancel("scope");
                co_await patio::yield();
            });
            ADD_FAILURE() << "must not get here";
        };
        const auto second = co_await reason_of(patio::create_task(task_first));
        EXPECT_EQ(second, "native");
    });
}

// While a task is cancelled, code of it runs in cleanups only. Their scopes work as ever, and the
// task keeps the message of its own cancellation.
TEST(TestUncancel, test_cancel_message_replaced) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> {
            co_await with_task_group([&](task_group& scope) -> async<> {
                const leaving end{say, "scope"};
                scope.cancel("scope");
                co_await patio::yield();
                say("not this");
            });
            co_await patio::yield();
            say("swallowed");
        };
        auto work = [&]() -> async<> {
            patio::current_task().cancel("native");
            co_await patio::finally(test::nap(say, "body", 1s), cleanup);
            say("nor this");
        };
        const auto reason = co_await reason_of(patio::create_task(work));
        EXPECT_EQ(reason, "native");
    });
    EXPECT_EQ(say, "body scope swallowed");
}

TEST(TestUncancel, test_cancel_counter_nested_scopes) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& root) -> async<> {
            co_await with_task_group([&](task_group&) -> async<> {
                root.cancel();
                co_await patio::yield();
                say("not this");
            });
            say("nor this");
        });
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::yield();
        say("goes on");
    });
    EXPECT_EQ(say, "goes on");
}

// That children are cancelled below a task is no cancellation of the task.
TEST(TestUncancel, test_uncancel_after_taskgroup_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto child = [&](patio::ready<> started) -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                group.spawn(test::nap(say, "grandchild", 3s));
                co_await patio::yield();
                started();
            });
        };
        auto host = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                co_await group.start(child);
                EXPECT_FALSE(patio::current_task().cancelling());
                EXPECT_TRUE(patio::current_task().cancel("native"));
                EXPECT_FALSE(patio::current_task().cancel("again"));
            });
            say("not this");
        };
        const auto reason = co_await reason_of(patio::create_task(host));
        EXPECT_EQ(reason, "native");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "grandchild");
}

// In asyncio the last message comes out of the group. Here the first one counts, and since the
// cancellation has cut nothing in the group, the group returns; the next wait is cut.
TEST(TestUncancel, test_uncancel_after_group_aexit_native_cancel) {
    trace say;
    patio::testing::run([&]() -> async<> {
        event done;
        auto shielded = [&]() -> async<> { co_await shield(done.wait()); };
        auto middle = [&]() -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                group.spawn(shielded);
                co_return;
            });
            say("group");
            co_await patio::yield();
            say("not this");
        };
        const auto task = patio::create_task(middle);
        co_await patio::yield();
        EXPECT_TRUE(task.cancel("native 1"));
        co_await patio::sleep(100ms);
        EXPECT_FALSE(task.cancel("native 2"));
        EXPECT_TRUE(task.cancelling());
        EXPECT_EQ(say, "");
        done.set();
        const auto reason = co_await reason_of(task);
        EXPECT_EQ(reason, "native 1");
        EXPECT_FALSE(task.cancelling());
    });
    EXPECT_EQ(say, "group");
}

TEST(TestUncancel, test_uncancel_after_child_task_failed) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto taskfunc = []() -> async<> {
            throw std::runtime_error{"dummy error"};
            co_return;
        };
        std::size_t count = 0;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                group.spawn(taskfunc);
                co_await patio::sleep(forever);
            });
        } catch (const patio::exception_group& failures) {
            count = failures.size();
            EXPECT_TRUE(failures.contains<std::runtime_error>());
        }
        EXPECT_EQ(count, 1U);
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::yield();
        say("goes on");
    });
    EXPECT_EQ(say, "goes on");
}

// anyio's "checkpoint by a cancelled scope": the inner scope does not stop the outer one.
TEST(TestUncancel, test_uncancel_cancelled_scope_based_checkpoint) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            co_await with_task_group([&](task_group& inner) -> async<> {
                const leaving end{say, "inner"};
                inner.cancel();
                co_await patio::sleep(forever);
            });
            say("not this");
        });
        EXPECT_FALSE(patio::current_task().cancelling());
        co_await patio::yield();
        say("goes on");
    });
    EXPECT_EQ(say, "inner goes on");
}

}  // namespace
