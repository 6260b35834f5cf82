// SPDX-License-Identifier: MIT

#include <patio/core/detail/async_stack.hpp>

#include <patio/core/detail/function_name.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <coroutine>
#include <source_location>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

unsigned line_of(patio::detail::place where) {
    return where.is_known() ? static_cast<unsigned>(where.location().line()) : 0;
}
unsigned line(std::source_location where = std::source_location::current()) {
    return static_cast<unsigned>(where.line());
}

struct level {
    std::string name;
    unsigned line;
    std::string boundary;
    friend bool operator==(const level&, const level&) = default;
    friend void PrintTo(const level& l, std::ostream* out) {
        *out << l.name << ":" << l.line << " " << l.boundary;
    }
};

std::vector<level> stack_of(const patio::any_task& task) {
    std::vector<level> levels;
    for (patio::detail::async_stack stack{*task.block()}; stack.is_valid(); stack.advance()) {
        const auto& entry = stack.entry();
        char name[64];
        patio::detail::short_function_name(entry.coroutine.location().function_name(), name,
                                           sizeof name);
        levels.push_back({name, line_of(entry.waits_at),
                          entry.boundary != nullptr ? entry.boundary->kind_name() : ""});
    }
    return levels;
}

// Each function notes the line of its co_await.
unsigned leaf_line, middle_line, limited_line, body_line, outer_line, group_line;

async<> leaf() {
    leaf_line = line() + 1;
    co_await patio::sleep(1h);
}
async<> middle() {
    middle_line = line() + 1;
    co_await leaf();
}
async<> limited() {
    limited_line = line() + 1;
    co_await patio::timeout(2h, middle());
}

TEST(async_stack, goes_from_the_waiting_coroutine_through_scopes_to_the_root) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(limited());
    loop.run_until_idle();
    EXPECT_EQ(stack_of(task), (std::vector<level>{{"leaf", leaf_line, ""},
                                                  {"middle", middle_line, ""},
                                                  {"limited", limited_line, "timeout"}}));
    EXPECT_EQ(line_of(patio::detail::waiting_place_of(*task.block())), leaf_line);
}

async<> fan_out() {
    outer_line = line() + 1;
    co_await patio::gather(leaf(), patio::sleep(1h));
}

TEST(async_stack, of_a_task_that_waits_for_children_names_their_group) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(fan_out());
    loop.run_until_idle();
    EXPECT_EQ(stack_of(task), (std::vector<level>{{"fan_out", outer_line, "gather"}}));
}

async<> group_with_a_busy_body() {
    auto body = [](patio::task_group& group) -> async<> {
        group.spawn(leaf());
        co_await patio::sleep(1s);
        co_await middle();
    };
    group_line = line() + 1;
    co_await patio::with_task_group(body);
}

TEST(async_stack, goes_through_the_body_of_a_group) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(group_with_a_busy_body());
    loop.advance(1s);
    const auto levels = stack_of(task);
    ASSERT_EQ(levels.size(), 4U);
    EXPECT_EQ(levels[1].name, "middle");
    EXPECT_EQ(levels[2].name, "lambda in group_with_a_busy_body");
    EXPECT_EQ(levels[3], (level{"group_with_a_busy_body", group_line, "task group"}));
}

async<> short_nap() { co_await patio::sleep(1s); }
async<> group_with_a_child() {
    auto body = [](patio::task_group& group) -> async<> {
        group.spawn(leaf());
        co_await short_nap();  // the leaf of the last wait will be gone
    };
    group_line = line() + 1;
    co_await patio::with_task_group(body);
}

TEST(async_stack, stands_at_the_group_once_its_body_has_ended) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(group_with_a_child());
    loop.advance(1s);
    EXPECT_EQ(stack_of(task),
              (std::vector<level>{{"group_with_a_child", group_line, "task group"}}));
}

async<std::vector<level>> own_stack() {
    co_await patio::sleep(1s);
    co_return stack_of(patio::current_task());
}
async<std::vector<level>> own_stack_after_a_call() {
    co_await short_nap();
    co_await patio::timeout(2h, short_nap());
    outer_line = line() + 1;
    auto levels = co_await own_stack();
    co_return levels;
}

TEST(async_stack, of_the_running_task_begins_with_the_coroutine_that_runs) {
    const auto levels = patio::testing::run(own_stack_after_a_call());
    EXPECT_EQ(levels, (std::vector<level>{{"own_stack", 0, ""},
                                          {"own_stack_after_a_call", outer_line, ""}}));
}

async<std::vector<level>> stack_behind_a_finished_call() {
    co_await short_nap();
    co_return stack_of(patio::current_task());
}

TEST(async_stack, of_the_running_task_does_not_hold_what_has_returned) {
    const auto levels = patio::testing::run(stack_behind_a_finished_call());
    EXPECT_EQ(levels, (std::vector<level>{{"stack_behind_a_finished_call", 0, ""}}));
}

struct looks_when_destroyed {
    std::vector<level>& levels;
    explicit looks_when_destroyed(std::vector<level>& out) : levels{out} {}
    ~looks_when_destroyed() { levels = stack_of(patio::current_task()); }
};
async<> looking(std::vector<level>& levels) {
    const looks_when_destroyed guard{levels};
    co_await middle();
}
async<> cut(std::vector<level>& levels) {
    limited_line = line() + 1;
    co_await patio::move_on_after(1s, looking(levels));
}

TEST(async_stack, holds_only_the_frames_that_outlive_an_unwinding) {
    std::vector<level> levels;
    patio::testing::run(cut(levels));
    EXPECT_EQ(levels, (std::vector<level>{{"cut", limited_line, "timeout"}}));
}

async<> cut_root(std::vector<level>& levels) {
    const looks_when_destroyed guard{levels};
    co_await middle();
}

TEST(async_stack, is_empty_while_the_root_is_destroyed) {
    std::vector<level> levels{{"x", 1, ""}};
    patio::testing::test_loop loop;
    const auto task = loop.spawn(cut_root(levels));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(levels.empty());
    EXPECT_TRUE(stack_of(task).empty());
}

async<> cleaned() {
    auto cleanup = []() -> async<> { co_await patio::sleep(1h); };
    body_line = line() + 1;
    co_await patio::finally(short_nap(), cleanup);
}

TEST(async_stack, shows_a_cleanup_at_the_co_await_of_its_finally) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(cleaned());
    loop.advance(1s);
    const auto levels = stack_of(task);
    ASSERT_EQ(levels.size(), 2U);
    EXPECT_EQ(levels[0].name, "lambda in cleaned");
    EXPECT_EQ(levels[1].name, "cleaned");
    EXPECT_EQ(levels[1].line, body_line);
}

async<> waits_in_a_lambda() {
    auto nap = [](patio::duration length) -> async<> { co_await patio::sleep(length); };
    co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
        group.spawn(nap, patio::duration{1h});
        co_return;
    });
}

TEST(async_stack, leaves_out_the_frame_that_keeps_a_called_function) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(waits_in_a_lambda());
    loop.run_until_idle();
    auto* group = static_cast<patio::detail::group_scope*>(task.block()->innermost);
    const patio::any_task child{*group->first_child};
    const auto levels = stack_of(child);
    ASSERT_EQ(levels.size(), 1U);
    EXPECT_EQ(levels[0].name, "lambda in waits_in_a_lambda");
}

TEST(async_stack, of_an_adopted_operation_is_empty_and_stands_where_it_was_given) {
    patio::testing::test_loop loop;
    const auto task = loop.spawn(fan_out());
    loop.run_until_idle();
    auto* group = static_cast<patio::detail::group_scope*>(task.block()->innermost);
    const patio::any_task sleeper{*group->first_child};
    EXPECT_STREQ(sleeper.name(), "sleep");
    EXPECT_TRUE(stack_of(sleeper).empty());
    EXPECT_EQ(line_of(patio::detail::waiting_place_of(*sleeper.block())), outer_line);
}

/// An awaitable that knows nothing of Patio.
struct stranger {
    std::coroutine_handle<>& waiter;
    explicit stranger(std::coroutine_handle<>& out) : waiter{out} {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const noexcept { waiter = handle; }
    void await_resume() const noexcept {}
};
const unsigned stranger_line = line() + 1;
async<> waits_for_a_stranger(std::coroutine_handle<>& waiter) {
    co_await short_nap();
    co_await stranger{waiter};
}
async<> calls_one_that_waits_for_a_stranger(std::coroutine_handle<>& waiter) {
    outer_line = line() + 1;
    co_await waits_for_a_stranger(waiter);
}

TEST(async_stack, is_right_in_an_awaitable_that_tells_nobody_that_it_waits) {
    std::coroutine_handle<> waiter;
    patio::testing::test_loop loop;
    const auto task = loop.spawn(calls_one_that_waits_for_a_stranger(waiter));
    loop.advance(1s);
    EXPECT_EQ(task.block()->kind, patio::detail::wait_kind::foreign);
    const auto levels = stack_of(task);
    ASSERT_EQ(levels.size(), 2U);
    EXPECT_EQ(levels[0].name, "waits_for_a_stranger");
    // The co_await itself is unknown; of the coroutine, Clang tells the first line and GCC the
    // last.
    EXPECT_GE(levels[0].line, stranger_line);
    EXPECT_LE(levels[0].line, stranger_line + 3);
    EXPECT_EQ(levels[1], (level{"calls_one_that_waits_for_a_stranger", outer_line, ""}));
    patio::detail::wake(*task.block());
    loop.run_until_idle();
    EXPECT_TRUE(task.done());
}

}  // namespace
