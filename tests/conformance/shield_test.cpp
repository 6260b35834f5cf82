// SPDX-License-Identifier: MIT

// Cases of CPython's test_tasks about shields, by their names there. The comment says what Patio
// does otherwise, if it does: nothing goes on behind the caller's back, who waits at a shield stays
// until its operation has ended.

#include <patio/core/shield.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::is_cut;
using patio::async;
using patio::shield;
using patio::time_point;
using test::trace;
using test::value_after;

TEST(shield_tests, test_shield_result) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(value_after(1s, 42));
        const int value = co_await shield(inner);
        EXPECT_EQ(value, 42);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(shield_tests, test_shield_exception) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task([]() -> async<> {
            co_await patio::sleep(1s);
            throw std::out_of_range{"expected"};
        });
        std::string seen;
        try {
            co_await shield(inner);
        } catch (const std::out_of_range& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "expected");
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

// Somebody cancels what is inside: that is an ordinary failure outside, and cancels nobody there.
TEST(shield_tests, test_shield_cancel_inner) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(value_after(10s, 42));
        const auto outer = patio::create_task([&]() -> async<int> {
            const int value = co_await shield(inner);
            co_return value;
        });
        co_await patio::sleep(1s);
        inner.cancel("no more needed");
        std::string reason;
        try {
            co_await outer;
        } catch (const patio::task_cancelled& cut) {
            reason = cut.reason();
        }
        EXPECT_EQ(reason, "no more needed");
        EXPECT_EQ(patio::now(), time_point{} + 1s);
        EXPECT_TRUE(inner.cancelled());
        EXPECT_FALSE(outer.cancelled());
    });
}

// Patio: the outer one gets the result first; it is unwound at its next suspension.
TEST(shield_tests, test_shield_cancel_outer) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto inner = patio::create_task(value_after(3s, 42));
        const auto outer = patio::create_task([&]() -> async<> {
            const test::leaving last{say, "unwound"};
            const int value = co_await shield(inner);
            say(std::to_string(value));
            co_await patio::yield();
            say("not this");
        });
        co_await patio::sleep(1s);
        EXPECT_TRUE(outer.cancel());
        EXPECT_FALSE(outer.cancel());
        co_await patio::sleep(1s);
        EXPECT_FALSE(outer.done());
        EXPECT_TRUE(outer.cancelling());
        EXPECT_FALSE(inner.cancelling());
        const bool was_cancelled = co_await is_cut(outer);
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(patio::now(), time_point{} + 3s);
        EXPECT_TRUE(inner.done());
        EXPECT_FALSE(inner.cancelled());
    });
    EXPECT_EQ(say, "42 unwound");
}

// Patio: the failure is not left over, so there is nothing to log: the outer one meets it,
// cancelled or not. If it does not handle it, it has failed, and whoever joins it is told.
TEST(shield_tests, test_shield_cancel_outer_exception) {
    patio::testing::run([]() -> async<> {
        const auto outer = patio::create_task([]() -> async<> {
            co_await shield(test::failure_after(3s, "foo"));
            ADD_FAILURE() << "no exception";
        });
        co_await patio::sleep(1s);
        outer.cancel();
        std::string seen;
        try {
            co_await outer;
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "foo");
        EXPECT_EQ(patio::now(), time_point{} + 3s);
        EXPECT_TRUE(outer.done());
        EXPECT_FALSE(outer.cancelled());
    });
}

// The other half of the same case: if nobody joins it, it is reported, once.
TEST(shield_tests, test_shield_cancel_outer_exception_unseen) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto outer = []() -> async<> { co_await shield(test::failure_after(3s, "foo")); };
            patio::create_task(outer()).cancel();
            co_await patio::sleep(10s);
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::unobserved_failure);
    EXPECT_NE(reports[0].text.find("foo"), std::string::npos) << reports[0].text;
}

// A shield around what has ended already does not wait, so it lets no cancellation in either.
TEST(shield_tests, test_shield_shortcut) {
    patio::testing::run([]() -> async<> {
        const auto inner = patio::create_task(test::value_at_once(42));
        co_await inner;
        const auto before = patio::testing::turn();
        const int value = co_await shield(inner);
        EXPECT_EQ(value, 42);
        EXPECT_EQ(patio::testing::turn(), before);

        const auto outer = patio::create_task([&]() -> async<int> {
            patio::current_task().cancel();
            const int result = co_await shield(inner);
            co_return result;
        });
        const int result = co_await outer;
        EXPECT_EQ(result, 42);
    });
}

// Patio: the outer one goes on to its next suspension, hence the hundred.
TEST(shield_tests, test_shield_effect) {
    int proof = 0;
    patio::testing::run([&]() -> async<> {
        auto inner = [&]() -> async<> {
            co_await patio::sleep(3s);
            proof += 1;
        };
        const auto outer = patio::create_task([&]() -> async<> {
            co_await shield(inner());
            proof += 100;
            co_await patio::sleep(0s);
            proof += 10'000;
        });
        co_await patio::sleep(1s);
        outer.cancel();
        const bool was_cancelled = co_await is_cut(outer);
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(patio::now(), time_point{} + 3s);
    });
    EXPECT_EQ(proof, 101);
}

// Cancelling the gather reaches neither child. Patio: it waits for both, and its results are there
// when it does.
TEST(shield_tests, test_gather_shield) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto child1 = patio::create_task(value_after(2s, 1));
        const auto child2 = patio::create_task(value_after(3s, 2));
        const auto parent = patio::create_task([&]() -> async<> {
            const test::leaving last{say, "unwound"};
            const auto [first, second] = co_await patio::gather(shield(child1), shield(child2));
            say(std::to_string(first) + " " + std::to_string(second));
            co_await patio::yield();
            say("not this");
        });
        co_await patio::sleep(1s);
        parent.cancel();
        co_await patio::yield();
        EXPECT_FALSE(child1.cancelling());
        EXPECT_FALSE(child2.cancelling());
        const bool was_cancelled = co_await is_cut(parent);
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(patio::now(), time_point{} + 3s);
        EXPECT_FALSE(child1.cancelled());
        EXPECT_FALSE(child2.cancelled());
    });
    EXPECT_EQ(say, "1 2 unwound");
}

}  // namespace
