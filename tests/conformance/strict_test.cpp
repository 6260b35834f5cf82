// SPDX-License-Identifier: MIT
// links: patio::strict

// What hands a user's coroutine on must compile in the strict mode as well, where Clang refuses
// plain functions that return one. Examples use most of it; here is the rest.

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::async;

async<int> twice(int value) { co_return 2 * value; }
async<> announce(patio::ready<int> said, int value) {
    said(value);
    co_return;
}
async<> nothing(std::string) { co_return; }

async<int> all_of_it() {
    int sum = 0;
    const auto body = [&](patio::task_group& group) -> async<> {
        sum += co_await group.start<int>(announce, 1);
        patio::task<int> child = group.spawn(twice, 10);
        sum += co_await child;
    };
    co_await patio::with_task_group(body);
    const std::vector<int> everywhere = co_await patio::on_each_loop(twice, 100);
    sum += everywhere[0];
    const int there = co_await patio::call_on(patio::this_loop_ref(), twice, 1000);
    sum += there;
    const auto from_outside = [here = patio::current_loop()] {
        return here.run(twice, 10'000).get();
    };
    const int arrived = co_await patio::to_thread(from_outside);
    sum += arrived;
    co_await patio::with_temp_directory(nothing);
    co_await patio::shield(nothing(""));
    const auto cleanup = []() -> async<> { co_return; };
    co_await patio::finally(nothing(""), cleanup);
    const auto soon = co_await patio::move_on_after(1h, twice(100'000));
    sum += soon.value_or(0);
    const int last = co_await patio::timeout(1h, twice(1'000'000));
    co_return sum + last;
}

TEST(strict, compiles_what_hands_a_coroutine_on) { EXPECT_EQ(patio::run(all_of_it()), 2'222'221); }

}  // namespace
