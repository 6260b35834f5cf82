// SPDX-License-Identifier: MIT
// Deadlock reports; test loops install them.

#include <patio/debug/install.hpp>

#include <patio/core/channel/channel.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

/// The report of a program that hangs, with every line number replaced by N.
template <class F>
std::string deadlock_of(F&& program) {
    std::vector<patio::testing::kept_report> reports;
    try {
        patio::testing::run(std::forward<F>(program),
                            patio::testing::run_options{}.keep_reports(reports));
    } catch (const patio::deadlock& error) {
        EXPECT_EQ(reports.size(), 1U);
        EXPECT_EQ(reports.front().kind, patio::report_kind::deadlock);
        EXPECT_EQ(reports.front().text, error.what());
        return std::regex_replace(std::string{error.what()}, std::regex{"(\\.cpp):\\d+"}, "$1:N");
    }
    ADD_FAILURE() << "no deadlock";
    return {};
}

async<> lock_both(patio::mutex& first, patio::mutex& second) {
    auto one = co_await first.lock();
    co_await patio::sleep(1s);
    auto two = co_await second.lock();
}

TEST(install, makes_deadlock_reports_show_a_cycle_of_mutexes) {
    patio::mutex left, right;
    const std::string text = deadlock_of([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<> {
            group.spawn(lock_both(left, right)).set_name("a");
            group.spawn(lock_both(right, left)).set_name("b");
            co_return;
        };
        co_await patio::with_task_group(body);
    });
    EXPECT_EQ(text,
              "deadlock: 3 tasks wait, 'a' for 'b', 'b' for 'a': nothing can ever wake one of "
              "them\n"
              "  cycle: task 'a' waits for the mutex held by 'b' (at install_test.cpp:N) → "
              "task 'b' waits for the mutex held by 'a' (at install_test.cpp:N)\n"
              "  lambda in TestBody: 2 children in a task group at install_test.cpp:N for 1.0 s\n"
              "    a: mutex.lock, held by 'b', at install_test.cpp:N for 0 ms\n"
              "    b: mutex.lock, held by 'a', at install_test.cpp:N for 0 ms");
}

async<> await_task(patio::task<>& other) {
    co_await patio::yield();
    co_await other;
}

TEST(install, makes_deadlock_reports_show_tasks_that_await_each_other) {
    patio::task<> first, second;
    const std::string text = deadlock_of([&]() -> async<> {
        first = patio::create_task(await_task(second));
        second = patio::create_task(await_task(first));
        first.set_name("first");
        second.set_name("second");
        co_await first;
    });
    EXPECT_NE(text.find("cycle: task 'first' waits for the end of 'second' (at "
                        "install_test.cpp:N) → task 'second' waits for the end of 'first' (at "
                        "install_test.cpp:N)\n"),
              std::string::npos)
        << text;
}

async<> await_parent(patio::task<>& parent) { co_await parent; }

TEST(install, makes_deadlock_reports_show_a_child_that_awaits_its_parent) {
    patio::task<> parent;
    const std::string text = deadlock_of([&]() -> async<> {
        parent = patio::create_task(
            [&]() -> async<> { co_await patio::gather(await_parent(parent), patio::sleep(1s)); });
        parent.set_name("parent");
        co_await parent;
    });
    EXPECT_NE(text.find("cycle: task 'parent' waits for its child 'await_parent' in a gather (at "
                        "install_test.cpp:N) → task 'await_parent' waits for the end of 'parent'"),
              std::string::npos)
        << text;
}

async<> consume(patio::queue<int>& items) {
    const int item = co_await items.get();
    static_cast<void>(item);
}

TEST(install, makes_deadlock_reports_say_what_nobody_is_left_to_do) {
    patio::queue<int> items{1};
    patio::event ready;
    const std::string text = deadlock_of([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<> {
            for (int i = 0; i < 3; ++i)
                group.spawn(consume(items));
            co_await ready.wait();
        };
        co_await patio::with_task_group(body);
    });
    EXPECT_NE(text.find("\n  'lambda in TestBody' waits in event.wait at install_test.cpp:N: "
                        "nobody is left to set the event"
                        "\n  'consume' and 2 others wait in queue.get at install_test.cpp:N: "
                        "nobody is left to put an item\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("cycle"), std::string::npos) << text;
}

async<> receive(patio::channel_receiver<int>& from) {
    const auto item = co_await from.receive();
    static_cast<void>(item);
}

TEST(install, makes_deadlock_reports_count_the_senders_that_somebody_has_forgotten) {
    const std::string text = deadlock_of([&]() -> async<> {
        auto [kept, from_one] = patio::channel<int>(1);
        auto [sender, from_two] = patio::channel<int>(1);
        const auto also_kept = sender;
        co_await patio::gather(receive(from_one), receive(from_two), receive(from_two));
    });
    EXPECT_NE(text.find("\n  'receive' waits in channel.receive at install_test.cpp:N: "
                        "1 sender is alive, but nobody sends"
                        "\n  'receive' and 1 other wait in channel.receive at install_test.cpp:N: "
                        "2 senders are alive, but nobody sends\n"),
              std::string::npos)
        << text;
}

TEST(install, makes_deadlock_reports_count_the_receivers_that_somebody_has_forgotten) {
    const std::string text = deadlock_of([&]() -> async<> {
        auto [sender, kept] = patio::channel<int>(0);
        co_await sender.send(1);
    });
    EXPECT_NE(text.find("waits in channel.send at install_test.cpp:N: "
                        "1 receiver is alive, but nobody receives\n"),
              std::string::npos)
        << text;
}

TEST(install, makes_deadlock_reports_show_streams_in_memory_as_streams) {
    const std::string text = deadlock_of([]() -> async<> {
        const auto options = patio::testing::memory_options{}.buffer_bytes(1);
        auto [quiet, listening] = patio::testing::memory_streams();
        auto [full, deaf] = patio::testing::memory_streams(options);
        co_await patio::gather(listening.read_line(), full.write("two"));
    });
    EXPECT_NE(text.find("\n  'read_line' waits in stream.read at install_test.cpp:N: nobody is "
                        "left to write to "
                        "its other end\n"),
              std::string::npos)
        << text;
    EXPECT_NE(
        text.find("\n  'write' waits in stream.write at install_test.cpp:N: nobody is left to "
                  "read from its other end\n"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("memory_stream.cpp"), std::string::npos) << text;
    EXPECT_EQ(text.find("event"), std::string::npos) << text;
}

TEST(install, makes_the_report_of_one_task_singular) {
    patio::event never;
    const std::string text = deadlock_of([&]() -> async<> { co_await never.wait(); });
    EXPECT_TRUE(text.starts_with("deadlock: 1 task waits and nothing can ever wake it\n")) << text;
}

async<> follow(std::vector<patio::task<>>& chain, std::size_t index) {
    co_await patio::yield();
    co_await chain[index];
}

TEST(install, makes_reports_of_long_cycles_end) {
    std::vector<patio::task<>> chain;
    const std::string text = deadlock_of([&]() -> async<> {
        constexpr std::size_t length = 1000;
        for (std::size_t i = 0; i < length; ++i) {
            chain.push_back(patio::create_task(follow(chain, (i + 1) % length)));
        }
        co_await chain[0];
    });
    EXPECT_TRUE(
        text.starts_with("deadlock: 1,001 tasks wait, 'follow' for 'follow', 'follow' for "
                         "'follow', 'follow' for 'follow', 'follow' for 'follow', …: "
                         "nothing can ever wake one of them\n"))
        << text.substr(0, 300);
    EXPECT_NE(text.find("\n  cycle: task 'follow' waits for the end of 'follow'"),
              std::string::npos);
    EXPECT_NE(text.find(" → …\n"), std::string::npos);
    EXPECT_LT(text.size(), 10'000U);
}

}  // namespace
