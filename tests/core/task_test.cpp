// SPDX-License-Identifier: MIT

#include <patio/core/task.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::create_task;
using test::nap;
using test::trace;

// --- completes

TEST(task, gives_its_result_to_everybody_who_awaits_it) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(1s, 7));
        auto read = [&]() -> async<int> {
            const int& result = co_await task;
            co_return result;
        };
        const auto other = create_task(read());
        const int mine = co_await task;
        const int others = co_await other;
        EXPECT_EQ(mine, 7);
        EXPECT_EQ(others, 7);
    });
}

TEST(task, gives_a_reference_into_itself_to_who_keeps_the_handle) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::string> { co_return "in the task"; };
        const auto task = create_task(make());
        const std::string& first = co_await task;
        const std::string& second = co_await task;
        EXPECT_EQ(&first, &second);
    });
}

TEST(task, moves_its_result_out_through_the_last_handle) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
        const auto result = co_await create_task(make());
        EXPECT_EQ(*result, 4);
    });
}

TEST(task, copies_its_result_while_other_handles_may_want_it) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::vector<int>> { co_return std::vector<int>(3); };
        auto task = create_task(make());
        const auto kept = task;
        const auto taken = co_await std::move(task);
        const auto& still_there = co_await kept;
        EXPECT_EQ(taken.size(), 3U);
        EXPECT_EQ(still_there.size(), 3U);
    });
}

TEST(task, may_give_a_reference) {
    patio::testing::run([]() -> async<> {
        int target = 1;
        auto find = [&]() -> async<int&> { co_return target; };
        const auto task = create_task(find());
        int& found = co_await task;
        EXPECT_EQ(&found, &target);
    });
}

TEST(task, runs_for_the_first_time_in_the_next_turn) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            say("task");
            co_return;
        };
        const auto task = create_task(work());
        say("spawner");
        co_await task;
        say("after");
    });
    EXPECT_EQ(say, "spawner task after");
}

TEST(task, goes_on_when_its_handle_is_dropped) {
    trace say;
    patio::testing::run([&]() -> async<> {
        create_task(nap(say, "end", 1s));
        co_await patio::sleep(2s);
    });
    EXPECT_EQ(say, "woke end");
}

TEST(task, knows_whether_it_has_ended) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(1s, 1));
        EXPECT_FALSE(task.done());
        co_await patio::sleep(2s);
        EXPECT_TRUE(task.done());
        EXPECT_FALSE(task.cancelled());
        EXPECT_FALSE(task.cancelling());
    });
}

TEST(task, can_be_awaited_without_a_turn_once_it_has_ended) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_at_once(1));
        co_await patio::sleep(1s);
        const auto before = patio::testing::turn();
        co_await task;
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(task, wakes_its_joiners_in_the_order_in_which_they_came) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto task = create_task(test::value_after(1s, 1));
        auto join = [&](std::string name) -> async<> {
            co_await task;
            say(name);
        };
        for (const char* name : {"a", "b", "c"})
            create_task(join, name);
        co_await patio::sleep(2s);
    });
    EXPECT_EQ(say, "a b c");
}

// --- fails

TEST(task, throws_its_failure_into_everybody_who_awaits_it) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::failure_after(1s));
        auto join = [&]() -> async<> { co_await task; };
        const auto first = co_await test::what_of(join());
        const auto second = co_await test::what_of(join());
        EXPECT_EQ(first, "boom");
        EXPECT_EQ(second, "boom");
    });
}

TEST(task, reports_a_failure_that_nobody_looked_at_when_its_last_handle_goes) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        [&]() -> async<> {
            {
                const auto kept = create_task(test::failure_after(1s));
                co_await patio::sleep(2s);
                EXPECT_TRUE(reports.empty());
            }
            EXPECT_EQ(reports.size(), 1U);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::unobserved_failure);
    EXPECT_EQ(reports[0].task, "failure_after");
    EXPECT_NE(reports[0].text.find("boom"), std::string::npos) << reports[0].text;
    EXPECT_NE(reports[0].text.find("task_test.cpp:"), std::string::npos) << reports[0].text;
}

TEST(task, refuses_to_await_itself) {
    patio::testing::run([]() -> async<> {
        patio::task<> self;
        auto wait_for_itself = [&]() -> async<> { co_await self; };
        self = create_task(wait_for_itself());
        auto join = [&]() -> async<> { co_await self; };
        const auto seen = co_await test::what_of(join());
        EXPECT_NE(seen.find("cannot await itself"), std::string::npos) << seen;
    });
}

// --- is cancelled

TEST(task, is_unwound_where_it_waits) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto task = create_task(nap(say, "unwound", 10s));
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancel());
        EXPECT_TRUE(task.cancelling());
        EXPECT_FALSE(task.done());
        co_await patio::yield();
        EXPECT_TRUE(task.done());
        EXPECT_TRUE(task.cancelled());
        EXPECT_FALSE(task.cancelling());
        EXPECT_EQ(patio::now(), patio::time_point{} + 1s);
    });
    EXPECT_EQ(say, "unwound");
}

TEST(task, throws_task_cancelled_into_who_awaits_it) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(10s, 1));
        auto killer = [&]() -> async<> {
            co_await patio::sleep(1s);
            task.cancel("no longer needed");
        };
        create_task(killer());
        bool was_thrown = false;
        try {
            co_await task;
        } catch (const patio::task_cancelled& error) {
            was_thrown = true;
            EXPECT_STREQ(error.reason(), "no longer needed");
            EXPECT_STREQ(error.cancelled_by(), "lambda in TestBody");
            EXPECT_NE(std::strstr(error.where().file_name(), "task_test.cpp"), nullptr);
        }
        EXPECT_TRUE(was_thrown);
    });
}

TEST(task, keeps_the_first_reason_for_its_cancellation) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(10s, 1));
        EXPECT_TRUE(task.cancel("first"));
        EXPECT_FALSE(task.cancel("second"));
        auto join = [&]() -> async<> { co_await task; };
        const auto seen = co_await test::what_of(join());
        EXPECT_NE(seen.find("first"), std::string::npos) << seen;
        EXPECT_EQ(seen.find("second"), std::string::npos) << seen;
    });
}

TEST(task, keeps_the_reason_of_its_group_if_that_was_cancelled_first) {
    patio::testing::run([]() -> async<> {
        patio::task<int> task;
        auto body = [&](patio::task_group& group) -> async<> {
            task = group.spawn(test::value_after(10s, 1));
            group.cancel("the group's");
            task.cancel("its own");
            co_return;
        };
        co_await patio::with_task_group(body);
        auto join = [&]() -> async<> { co_await task; };
        const auto seen = co_await test::what_of(join());
        EXPECT_NE(seen.find("the group's"), std::string::npos) << seen;
    });
}

TEST(task, has_the_reason_of_the_task_whose_cancellation_reached_it) {
    patio::testing::run([]() -> async<> {
        patio::task<int> inner;
        auto work = [&]() -> async<> {
            auto body = [&](patio::task_group& group) -> async<> {
                inner = group.spawn(test::value_after(10s, 1));
                co_await patio::sleep(10s);
            };
            co_await patio::with_task_group(body);
        };
        const auto outer = create_task(work());
        co_await patio::sleep(1s);
        outer.cancel("from above");
        auto join = [&]() -> async<> { co_await inner; };
        const auto seen = co_await test::what_of(join());
        EXPECT_NE(seen.find("from above"), std::string::npos) << seen;
    });
}

TEST(task, has_no_reason_if_a_deadline_came_first) {
    patio::testing::run([]() -> async<> {
        patio::task<> child;
        auto slow_to_cancel = []() -> async<> {
            test::kernel_operation read{test::ms(10'000), test::ms(2000), false};
            co_await read;
        };
        auto body = [&](patio::task_group& group) -> async<> {
            child = group.spawn(slow_to_cancel);
            co_await patio::shield(patio::sleep(2s));
            group.cancel("late");
            child.cancel("later");
        };
        co_await patio::move_on_after(1s, patio::with_task_group(body));
        auto join = [&]() -> async<> { co_await child; };
        const auto seen = co_await test::what_of(join());
        EXPECT_EQ(seen, "task was cancelled");
    });
}

TEST(task, has_its_own_reason_if_a_shield_hides_another) {
    patio::testing::run([]() -> async<> {
        patio::task<int> child;
        auto body = [&](patio::task_group& group) -> async<> {
            child = group.spawn(test::value_after(10s, 1));
            child.cancel("its own");
            co_return;
        };
        co_await patio::with_task_group([&](patio::task_group& outer) -> async<> {
            outer.cancel("hidden");
            co_await patio::shield(patio::with_task_group(body));
        });
        auto join = [&]() -> async<> { co_await child; };
        const auto seen = co_await test::what_of(join());
        EXPECT_NE(seen.find("its own"), std::string::npos) << seen;
    });
}

TEST(task, runs_to_its_first_suspension_although_it_is_cancelled_before_it_starts) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            say("started");
            co_await patio::sleep(10s);
            say("not this");
        };
        const auto task = create_task(work());
        task.cancel();
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "started unwound");
}

TEST(task, gives_its_result_if_it_never_suspends_although_it_was_cancelled) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_at_once(5));
        task.cancel();
        const int result = co_await task;
        EXPECT_EQ(result, 5);
        EXPECT_FALSE(task.cancelled());
    });
}

TEST(task, cannot_be_cancelled_once_it_has_ended) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_at_once(5));
        co_await patio::sleep(1s);
        EXPECT_FALSE(task.cancel());
        EXPECT_FALSE(task.cancelled());
        const int result = co_await task;
        EXPECT_EQ(result, 5);
    });
}

TEST(task, delivers_a_result_that_came_before_the_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto source = create_task(test::value_after(1s, 9));
        auto join = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            const int result = co_await source;
            say(std::to_string(result));
            co_await patio::yield();
            say("not this");
        };
        patio::task<> joiner;
        auto killer = [&]() -> async<> {
            co_await source;
            joiner.cancel();
        };
        create_task(killer());
        joiner = create_task(join());
        co_await patio::sleep(2s);
    });
    EXPECT_EQ(say, "9 unwound");
}

TEST(task, goes_on_when_who_awaits_it_is_cancelled) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(2s, 3));
        auto join = [&]() -> async<> { co_await task; };
        const bool has_ended = co_await patio::move_on_after(1s, join());
        EXPECT_FALSE(has_ended);
        const int result = co_await task;
        EXPECT_EQ(result, 3);
    });
}

TEST(task, may_cancel_itself_and_is_unwound_at_its_next_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            patio::current_task().cancel();
            say("still here");
            co_await patio::yield();
            say("not this");
        };
        const auto task = create_task(work());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "still here unwound");
}

TEST(task, waits_for_an_operation_that_the_kernel_owns_before_it_is_unwound) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            test::kernel_operation read{test::ms(1000), test::ms(30), false};
            co_await read;
            say("not this");
        };
        const auto task = create_task(work());
        co_await patio::sleep(test::ms(10));
        task.cancel();
        co_await patio::sleep(test::ms(20));
        EXPECT_FALSE(task.done());
        co_await patio::sleep(test::ms(20));
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "unwound");
}

TEST(task, gets_the_result_of_an_operation_that_completed_in_spite_of_the_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const test::leaving end{say, "unwound"};
            test::kernel_operation read{test::ms(1000), test::ms(30), true};
            co_await read;
            say("result");
            co_await patio::yield();
            say("not this");
        };
        const auto task = create_task(work());
        co_await patio::sleep(test::ms(10));
        task.cancel();
        co_await patio::sleep(2s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "result unwound");
}

TEST(task, can_be_joined_wherever_the_joiner_is_cancelled) {
    auto body = [](patio::testing::probe& marked) -> async<> {
        const auto task = create_task(test::value_after(1s, 3));
        auto join = [&]() -> async<> { co_await task; };
        co_await marked.cancelled(join());
        const int result = co_await task;
        EXPECT_EQ(result, 3);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
}

// --- handles and names

TEST(task, may_be_empty) {
    const patio::task<> empty;
    EXPECT_FALSE(empty);
    EXPECT_FALSE(empty.done());
    EXPECT_FALSE(empty.cancelled());
    EXPECT_FALSE(empty.cancelling());
    EXPECT_FALSE(empty.cancel());
    EXPECT_STREQ(empty.name(), "");
}

TEST(task, outlives_its_loop_as_a_handle) {
    patio::task<int> kept;
    patio::testing::run([&]() -> async<> {
        kept = create_task(test::value_after(1s, 3));
        co_await kept;
    });
    EXPECT_TRUE(kept.done());
    EXPECT_STREQ(kept.name(), "value_after");
}

TEST(task, is_the_same_task_through_each_handle) {
    patio::testing::run([]() -> async<> {
        patio::any_task inside;
        auto work = [&]() -> async<> {
            inside = patio::current_task();
            co_return;
        };
        const auto task = create_task(work());
        const patio::any_task copy = task;
        co_await task;
        EXPECT_EQ(inside, copy);
        EXPECT_NE(inside, patio::current_task());
    });
}

async<std::string> own_name_after_a_child_has_ended() {
    co_await test::value_after(1s, 1);
    co_return patio::current_task().name();
}

TEST(task, knows_its_name_after_its_last_leaf_has_gone) {
    const auto name = patio::testing::run(own_name_after_a_child_has_ended());
    EXPECT_EQ(name, "own_name_after_a_child_has_ended");
}

TEST(task, has_the_name_of_its_coroutine_function_before_during_and_after_it_runs) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after(1s, 1));
        EXPECT_STREQ(task.name(), "value_after");
        co_await task;
        EXPECT_STREQ(task.name(), "value_after");
        const auto failing = create_task(test::failure_after(1s));
        co_await test::what_of(patio::task<int>{failing});
        EXPECT_STREQ(failing.name(), "failure_after");
        const auto cut = create_task(test::value_after(1s, 1));
        cut.cancel();
        co_await patio::sleep(1s);
        EXPECT_STREQ(cut.name(), "value_after");
    });
}

TEST(task, bears_the_name_of_the_function_that_it_was_spawned_with) {
    patio::testing::run([]() -> async<> {
        const auto task = create_task(test::value_after, patio::duration{1s}, 1);
        co_await task;
        EXPECT_STREQ(task.name(), "value_after");
    });
}

TEST(task, can_be_named) {
    patio::testing::run([]() -> async<> {
        auto task = create_task(test::value_after(1s, 1));
        task.set_name("reader");
        EXPECT_STREQ(task.name(), "reader");
        task.set_name("writer");
        EXPECT_STREQ(task.name(), "writer");
        co_await task;
        EXPECT_STREQ(task.name(), "writer");
    });
}

TEST(task, current_task_throws_outside_of_a_task) {
    EXPECT_THROW((void)patio::current_task(), patio::usage_error);
    patio::testing::test_loop loop;
    EXPECT_THROW((void)patio::current_task(), patio::usage_error);
}

TEST(task, is_not_made_outside_of_a_loop) {
    EXPECT_THROW(create_task(test::value_at_once(1)), patio::usage_error);
}

}  // namespace
