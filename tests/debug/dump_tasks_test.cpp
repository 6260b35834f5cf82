// SPDX-License-Identifier: MIT

#include <patio/debug/dump_tasks.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

/// The tree with every line number replaced by N.
std::string tree(patio::testing::test_loop& loop) {
    const std::string text = patio::debug::task_tree(loop.get()).c_str();
    return std::regex_replace(text, std::regex{"(\\.cpp):\\d+"}, "$1:N");
}

async<> read_body() { co_await patio::sleep(5s); }
async<> get() { co_await patio::timeout(4s, read_body()); }
async<> fetch() { co_await get(); }
async<> consume(patio::queue<int>& items) {
    const int item = co_await items.get();
    static_cast<void>(item);
}
async<> await_task(patio::task<> other) { co_await other; }

async<> three_children() {
    patio::queue<int> items{1};
    auto body = [&](patio::task_group& group) -> async<> {
        auto fetching = group.spawn(fetch());
        group.spawn(consume(items));
        group.spawn(await_task(fetching)).set_name("joiner");
        co_return;
    };
    co_await patio::with_task_group(body);
}

TEST(dump_tasks, shows_what_each_task_waits_for_where_and_since_when) {
    patio::testing::test_loop loop;
    loop.spawn(three_children());
    loop.advance(3200ms);
    EXPECT_EQ(tree(loop),
              "4 tasks\n"
              "  three_children: 3 children in a task group at dump_tasks_test.cpp:N for 3.2 s\n"
              "    fetch: sleep at dump_tasks_test.cpp:N for 3.2 s, 1.8 s left, awaited by "
              "'joiner'\n"
              "      in read_body at dump_tasks_test.cpp:N\n"
              "      in get at dump_tasks_test.cpp:N (timeout, 800 ms left)\n"
              "      in fetch at dump_tasks_test.cpp:N\n"
              "    consume: queue.get at dump_tasks_test.cpp:N for 3.2 s\n"
              "    joiner: join of 'fetch' at dump_tasks_test.cpp:N for 3.2 s");
}

async<> sleep_for_ever() { co_await patio::sleep(patio::duration::forever()); }
async<> wait_for_ever() { co_await patio::timeout(patio::duration::forever(), sleep_for_ever()); }

TEST(dump_tasks, does_not_count_the_days_to_the_end_of_a_sleep_without_end) {
    patio::testing::test_loop loop;
    loop.spawn(wait_for_ever());
    loop.advance(3200ms);
    EXPECT_EQ(tree(loop),
              "1 task\n"
              "  wait_for_ever: sleep for ever at dump_tasks_test.cpp:N for 3.2 s\n"
              "    in sleep_for_ever at dump_tasks_test.cpp:N\n"
              "    in wait_for_ever at dump_tasks_test.cpp:N (timeout)");
}

async<> many(int count) {
    std::vector<async<>> children;
    for (int i = 0; i < count; ++i)
        children.push_back(fetch());
    auto all = patio::gather(std::move(children));
    co_await std::move(all);
}

TEST(dump_tasks, counts_what_looks_alike_instead_of_showing_it) {
    patio::testing::test_loop loop;
    loop.spawn(many(10'000));
    loop.spawn(read_body());
    loop.run_until_idle();
    const std::string text = tree(loop);
    EXPECT_TRUE(text.starts_with("10,002 tasks\n  many: 10,000 children in a gather at ")) << text;
    EXPECT_NE(text.find("\n    … and 9,990 more at dump_tasks_test.cpp:N in sleep\n"
                        "  read_body: sleep at "),
              std::string::npos)
        << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 10 * 4 + 1 + 1);
}

TEST(dump_tasks, counts_the_tasks_below_those_that_it_does_not_show) {
    patio::testing::test_loop loop;
    for (int i = 0; i < 13; ++i)
        loop.spawn(many(4));
    loop.run_until_idle();
    EXPECT_TRUE(tree(loop).ends_with(
        "\n  … and 3 more at dump_tasks_test.cpp:N in a group, with 12 tasks below them"))
        << tree(loop);
}

async<> nest(int depth) {
    if (depth == 0) {
        co_await patio::sleep(1h);
    } else {
        co_await patio::gather(nest(depth - 1));
    }
}

TEST(dump_tasks, does_not_descend_for_ever) {
    patio::testing::test_loop loop;
    loop.spawn(nest(10'000));
    loop.run_until_idle();
    const std::string text = tree(loop);
    EXPECT_TRUE(text.ends_with("in a group, with 9,969 tasks below them")) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 32);
}

async<> never_started() { co_await patio::sleep(1s); }
async<> yields_first() {
    co_await patio::yield();
    co_await patio::sleep(1s);
}

TEST(dump_tasks, tells_a_new_task_from_one_that_is_ready_again) {
    patio::testing::test_loop loop;
    loop.spawn(yields_first());
    loop.turn();
    loop.spawn(never_started());
    EXPECT_EQ(tree(loop),
              "2 tasks\n"
              "  yields_first: ready at dump_tasks_test.cpp:N\n"
              "  never_started: ready to start, spawned at dump_tasks_test.cpp:N");
}

async<> print_own_tree(std::string& text) {
    co_await patio::sleep(1s);
    text = patio::task_tree().c_str();
}

TEST(dump_tasks, can_be_asked_for_by_a_task) {
    std::string text;
    patio::testing::run(print_own_tree(text));
    EXPECT_TRUE(std::regex_match(
        text, std::regex{"1 task\n  print_own_tree: running since dump_tasks_test\\.cpp:\\d+"}))
        << text;
}

struct looks_at_its_end {
    std::string& text;
    explicit looks_at_its_end(std::string& out) : text{out} {}
    ~looks_at_its_end() { text = patio::task_tree().c_str(); }
};
async<> cancelled_one(std::string& text) {
    const looks_at_its_end guard{text};
    co_await patio::sleep(1h);
}
async<> cancel_it(patio::any_task target) {
    target.cancel("out of time");
    co_return;
}

TEST(dump_tasks, says_who_cancels_a_task_and_why) {
    patio::testing::test_loop loop;
    std::string text;
    auto target = loop.spawn(cancelled_one(text));
    loop.run_until_idle();
    loop.spawn(cancel_it(target));
    loop.run_until_idle();
    EXPECT_NE(text.find("being cancelled by 'cancel_it': out of time"), std::string::npos) << text;
}

async<> hold(patio::mutex& m) {
    auto guard = co_await m.lock();
    co_await patio::sleep(1h);
}

TEST(dump_tasks, names_the_holder_of_a_mutex) {
    patio::mutex m;
    patio::testing::test_loop loop;
    loop.spawn(hold(m)).set_name("holder");
    loop.spawn(hold(m)).set_name("waiter");
    loop.run_until_idle();
    EXPECT_NE(tree(loop).find("waiter: mutex.lock, held by 'holder', at dump_tasks_test.cpp:N for"),
              std::string::npos)
        << tree(loop);
}

TEST(dump_tasks, prints_one_block_to_standard_error) {
    patio::testing::test_loop loop;
    loop.spawn(read_body());
    loop.run_until_idle();
    ::testing::internal::CaptureStderr();
    patio::dump_tasks();
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(text.starts_with("patio: 1 task\n  read_body: sleep at ")) << text;
    EXPECT_TRUE(text.ends_with(" 5.0 s left\n")) << text;
}

TEST(dump_tasks, needs_a_loop) { EXPECT_THROW(patio::dump_tasks(), patio::usage_error); }

}  // namespace
