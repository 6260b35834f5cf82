// SPDX-License-Identifier: MIT

// Many equal deadlines in one slot of the timer wheel.

#include <patio/core/gather_range.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

TEST(many_sleepers, end_together_at_their_common_deadline) {
    patio::testing::run([]() -> async<> {
        std::vector<async<>> sleepers;
        auto sleeper = []() -> async<> { co_await patio::sleep(1ms + 7ns); };
        for (int i = 0; i < 10'000; ++i)
            sleepers.push_back(sleeper());
        co_await patio::gather(sleepers);
        EXPECT_EQ(patio::now().since_origin().count(), 1'000'007);
    });
}

}  // namespace
