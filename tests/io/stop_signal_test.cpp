// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/stop_signal.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

patio::async<> wait_until(const std::atomic<bool>& flag) {
    while (!flag)
        co_await patio::sleep(20us);
}

TEST(stop_signal, is_not_requested_while_the_task_goes_on) {
    const auto main = []() -> patio::async<> {
        const auto look = [](patio::stop_signal stop) { return stop.requested(); };
        const bool is_requested = co_await patio::to_thread(look);
        EXPECT_FALSE(is_requested);
    };
    patio::run(main());
}

TEST(stop_signal, comes_before_the_arguments) {
    const auto main = []() -> patio::async<> {
        const auto repeat = [](patio::stop_signal stop, std::string word, int count) {
            std::string text;
            for (int i = 0; i < count && !stop.requested(); ++i)
                text += word;
            return text;
        };
        const std::string text = co_await patio::to_thread(repeat, std::string{"ab"}, 3);
        EXPECT_EQ(text, "ababab");
    };
    patio::run(main());
}

TEST(stop_signal, wakes_a_function_that_sleeps) {
    const auto main = []() -> patio::async<> {
        std::atomic<bool> has_begun = false;
        bool was_requested = false;
        const auto work = [&](patio::stop_signal stop) {
            has_begun = true;
            was_requested = stop.wait_for(1h);
        };
        const auto run_work = [&]() -> patio::async<> { co_await patio::to_thread(work); };
        const auto raced = co_await patio::race(run_work(), wait_until(has_begun));
        EXPECT_EQ(raced.index(), 1U);
        EXPECT_TRUE(was_requested);
    };
    patio::run(main());
}

TEST(stop_signal, lets_a_sleep_end_by_itself) {
    const auto main = []() -> patio::async<> {
        const auto work = [](patio::stop_signal stop) { return stop.wait_for(100us); };
        const bool is_requested = co_await patio::to_thread(work);
        EXPECT_FALSE(is_requested);
    };
    patio::run(main());
}

TEST(stop_signal, that_nobody_has_looked_at_changes_nothing) {
    const auto main = []() -> patio::async<> {
        std::atomic<bool> has_begun = false;
        std::atomic<bool> is_cancelled = false;
        const auto work = [&](patio::stop_signal) {
            has_begun = true;
            while (!is_cancelled)
                std::this_thread::yield();
            return 5;
        };
        const auto run_work = [&]() -> patio::async<int> {
            const int value = co_await patio::to_thread(work);
            co_return value;
        };
        auto task = patio::create_task(run_work());
        co_await wait_until(has_begun);
        task.cancel();
        is_cancelled = true;
        const int value = co_await task;
        EXPECT_EQ(value, 5);
    };
    patio::run(main());
}

}  // namespace
