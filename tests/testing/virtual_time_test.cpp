// SPDX-License-Identifier: MIT
// label: threads

#include <patio/testing/virtual_time.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::expecting;
using patio::time_point;
using patio::testing::virtual_time;

TEST(virtual_time, begins_at_zero_and_moves_when_it_is_told_to) {
    virtual_time time;
    EXPECT_EQ(time.now(), time_point{});
    time.advance(3s);
    EXPECT_EQ(time.now(), time_point{} + 3s);
    EXPECT_STREQ(time.name(), "virtual");
}

TEST(virtual_time, jumps_over_waits_that_only_time_can_end) {
    virtual_time time;
    time.wait(5s, expecting::only_time);
    EXPECT_EQ(time.now(), time_point{} + 5s);
}

TEST(virtual_time, drives_a_loop_through_a_year_at_once) {
    virtual_time time;
    patio::loop loop{time, time};
    const int value = loop.run(test::value_after(365 * 24h, 3));
    EXPECT_EQ(value, 3);
    EXPECT_EQ(time.now(), time_point{} + 365 * 24h);
}

TEST(virtual_time, stands_still_and_waits_while_something_outside_may_call) {
    virtual_time time;
    std::thread outside{[&] { time.wake(); }};
    time.wait(5s, expecting::outside);
    outside.join();
    EXPECT_EQ(time.now(), time_point{});
}

TEST(virtual_time, does_not_lose_a_call_that_came_before_the_wait) {
    virtual_time time;
    time.wake();
    time.wait(5s, expecting::outside);
    EXPECT_EQ(time.now(), time_point{});
}

struct answer : patio::detail::callback_node {
    answer() {
        call = [](patio::detail::callback_node& self) {
            auto& me = static_cast<answer&>(self);
            me.has_come = true;
            me.target->add_external(-1);
        };
    }
    patio::loop* target = nullptr;
    bool has_come = false;
};

TEST(virtual_time, waits_for_real_work_before_it_jumps_to_a_deadline) {
    virtual_time time;
    patio::loop loop{time, time};
    answer posted;
    posted.target = &loop;
    auto main = [&]() -> async<> {
        patio::this_thread_loop().add_external(1);
        std::thread worker{[&] { posted.target->post(posted); }};
        co_await patio::sleep(1ms);
        EXPECT_TRUE(posted.has_come) << "a virtual millisecond does not pass before real work ends";
        worker.join();
    };
    loop.run(main());
}

}  // namespace
