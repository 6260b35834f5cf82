// SPDX-License-Identifier: MIT

#include <patio/core/task.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

async<> nap(patio::duration length) { co_await patio::sleep(length); }

async<std::string> own_name_after_a_child_has_ended() {
    co_await nap(1s);
    co_return patio::current_task().name();
}

TEST(task, knows_its_name_after_its_last_leaf_has_gone) {
    const auto name = patio::testing::run(own_name_after_a_child_has_ended());
    EXPECT_EQ(name, "own_name_after_a_child_has_ended");
}

}  // namespace
