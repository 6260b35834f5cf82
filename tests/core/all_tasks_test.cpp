// SPDX-License-Identifier: MIT

#include <patio/core/all_tasks.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

async<> wait_long() { co_await patio::sleep(1h); }
async<> two_below() { co_await patio::gather(wait_long(), patio::sleep(2h)); }

std::vector<std::string> names_of(const std::vector<patio::any_task>& tasks) {
    std::vector<std::string> names;
    for (const patio::any_task& task : tasks)
        names.emplace_back(task.name());
    return names;
}

TEST(all_tasks, lists_parents_before_children_and_siblings_by_age) {
    patio::testing::test_loop loop;
    auto first = loop.spawn(two_below());
    auto second = loop.spawn(wait_long());
    first.set_name("first");
    second.set_name("second");
    loop.run_until_idle();
    const auto names = names_of(patio::all_tasks());
    EXPECT_EQ(names, (std::vector<std::string>{"first", "wait_long", "sleep", "second"}));
}

async<> list_below(std::vector<std::string>& names) {
    names = names_of(patio::all_tasks());
    co_return;
}

TEST(all_tasks, holds_the_running_task_and_both_of_nested_groups) {
    std::vector<std::string> names;
    patio::testing::run([&]() -> async<> {
        co_await patio::with_task_group([&](patio::task_group& outer) -> async<> {
            auto waiting = outer.spawn(wait_long());
            co_await patio::with_task_group([&](patio::task_group& inner) -> async<> {
                inner.spawn(list_below(names));
                co_return;
            });
            waiting.cancel();
        });
    });
    EXPECT_EQ(names, (std::vector<std::string>{"lambda in TestBody", "wait_long", "list_below"}));
}

TEST(all_tasks, does_not_hold_tasks_that_have_ended) {
    patio::testing::test_loop loop;
    auto ended = loop.spawn(patio::detail::adopt(patio::sleep(1s)));
    loop.advance(1s);
    EXPECT_TRUE(ended.done());
    EXPECT_TRUE(patio::all_tasks().empty());
}

TEST(all_tasks, can_cancel_them_all) {
    patio::testing::test_loop loop;
    loop.spawn(two_below());
    loop.spawn(wait_long());
    loop.run_until_idle();
    for (const patio::any_task& task : patio::all_tasks())
        task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(loop.task_count(), 0U);
}

async<> nest(int depth) {
    if (depth == 0) {
        co_await patio::sleep(1h);
    } else {
        co_await patio::gather(nest(depth - 1));
    }
}

TEST(all_tasks, walks_a_deep_tree_without_recursion) {
    patio::testing::test_loop loop;
    auto top = loop.spawn(nest(20'000));
    while (loop.get().has_ready())
        loop.turn();
    EXPECT_EQ(patio::all_tasks(loop.get()).size(), 20'001U);
}

TEST(all_tasks, needs_a_loop) {
    EXPECT_THROW(static_cast<void>(patio::all_tasks()), patio::usage_error);
}

}  // namespace
