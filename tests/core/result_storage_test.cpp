// SPDX-License-Identifier: MIT

#include <patio/core/detail/result_storage.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using token = std::shared_ptr<int>;

async<> hold(token held) {
    co_await patio::sleep(1s);
    EXPECT_EQ(*held, 1);
}

TEST(result_storage, of_nothing_lets_parameters_go_when_their_task_has_ended) {
    patio::testing::run([]() -> async<> {
        auto held = std::make_shared<int>(1);
        const auto task = patio::create_task(hold(held));
        co_await task;
        EXPECT_EQ(held.use_count(), 1) << "the frame lives on in the handle";
        co_await task;  // still says that it has ended
        EXPECT_TRUE(task.done());
        EXPECT_STREQ(task.name(), "hold");
    });
}

TEST(result_storage, of_nothing_lets_parameters_go_while_siblings_run) {
    patio::testing::run([]() -> async<> {
        auto held = std::make_shared<int>(1);
        auto watch = [&]() -> async<long> {
            co_await patio::sleep(2s);
            co_return held.use_count();
        };
        auto [nothing, count] = co_await patio::gather(hold(held), watch());
        EXPECT_EQ(count, 1);
    });
}

TEST(result_storage, of_nothing_still_tells_failures) {
    patio::testing::run([]() -> async<> {
        auto fail = []() -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"boom"};
        };
        const auto task = patio::create_task(fail);
        int failures = 0;
        for (int i = 0; i < 2; ++i) {
            try {
                co_await task;
            } catch (const std::runtime_error&) {
                ++failures;
            }
        }
        EXPECT_EQ(failures, 2);
    });
}

}  // namespace
