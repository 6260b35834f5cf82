// SPDX-License-Identifier: MIT

// What a loop's time is in turns that do not look at the clock.

#include <patio/core/loop.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

/// Lets time pass as a task does that keeps the loop busy.
void keep_busy(patio::duration length) {
    auto& driver = patio::this_thread_loop().driven_by();
    dynamic_cast<patio::testing::virtual_time&>(driver).advance(length);
}

TEST(loop_time, is_read_once_in_each_turn) {
    patio::testing::run([]() -> async<> {
        co_await patio::yield();
        const auto before = patio::now();
        keep_busy(3s);
        EXPECT_EQ(patio::now() - before, patio::duration{0s});
        co_await patio::yield();
        EXPECT_EQ(patio::now() - before, patio::duration{3s});
    });
}

TEST(loop_time, lets_a_sleep_in_a_busy_loop_last_its_full_length) {
    patio::testing::run([]() -> async<> {
        co_await patio::yield();
        keep_busy(3s);
        co_await patio::yield();
        const auto before = patio::now();
        co_await patio::sleep(1s);
        EXPECT_EQ(patio::now() - before, patio::duration{1s});
    });
}

TEST(loop_time, lets_a_timeout_in_a_busy_loop_last_its_full_length) {
    patio::testing::run([]() -> async<> {
        co_await patio::yield();
        keep_busy(3s);
        co_await patio::yield();
        const bool in_time = co_await patio::move_on_after(2s, patio::sleep(1s));
        EXPECT_TRUE(in_time);
    });
}

}  // namespace
