// SPDX-License-Identifier: MIT

#include <patio/core/loop_ref.hpp>

#include <patio/testing/run.hpp>

#include <patio/core/loop.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace {

struct counted_node : patio::detail::callback_node {
    counted_node() {
        call = [](callback_node& self) { ++static_cast<counted_node&>(self).calls; };
        drop = [](callback_node& self) noexcept { ++static_cast<counted_node&>(self).drops; };
    }
    int calls = 0;
    int drops = 0;
};

TEST(loop_ref, names_no_loop_at_first) {
    const patio::loop_ref none;
    counted_node node;
    EXPECT_FALSE(none);
    EXPECT_FALSE(none.post(node));
    EXPECT_EQ(node.drops, 0) << "the node is the caller's";
}

TEST(loop_ref, is_a_value) {
    patio::testing::run([]() -> patio::async<> {
        const auto here = patio::loop_ref::of(patio::this_thread_loop(), 3);
        patio::loop_ref copy = here;
        EXPECT_TRUE(copy == here);
        EXPECT_EQ(copy.index(), 3U);
        const patio::loop_ref moved = std::move(copy);
        EXPECT_TRUE(moved == here);
        EXPECT_FALSE(moved == patio::loop_ref{});
        copy = moved;
        EXPECT_TRUE(copy == here);
        co_return;
    });
}

TEST(loop_ref, takes_nodes_until_the_loop_has_ended) {
    patio::loop_ref home;
    counted_node called;
    counted_node dropped;
    patio::testing::run([&]() -> patio::async<> {
        home = patio::loop_ref::of(patio::this_thread_loop());
        EXPECT_TRUE(home.post(called));
        while (called.calls == 0)
            co_await patio::yield();
        EXPECT_EQ(called.calls, 1);
        EXPECT_TRUE(home.post(dropped));
    });
    EXPECT_EQ(dropped.calls + dropped.drops, 1);
    EXPECT_FALSE(home.post(called));
    EXPECT_TRUE(home) << "it still names that loop";
}

TEST(loop_ref, does_not_keep_a_loop_without_work_waiting) {
    const auto stuck = []() -> patio::async<> {
        const auto here = patio::loop_ref::of(patio::this_thread_loop());
        patio::event never;
        co_await never.wait();
    };
    EXPECT_THROW(patio::testing::run(stuck()), patio::deadlock);
}

}  // namespace
