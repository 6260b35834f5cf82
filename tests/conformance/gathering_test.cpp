// SPDX-License-Identifier: MIT

// Cases of CPython's test_tasks about gather, by their names there. The comment says what Patio
// does otherwise, if it does: a failure cancels the others and arrives when all have ended, and
// `return_exceptions=True` is a function of its own, gather_settled.

#include <patio/core/gather.hpp>
#include <patio/core/gather_range.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "endings.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using conformance::is_cut;
using patio::async;
using patio::gather;
using patio::gather_settled;
using patio::time_point;
using test::failure_after;
using test::trace;
using test::value_after;

// The results are in the order of the arguments, whoever ends first.
TEST(gather_tests, test_success) {
    patio::testing::run([]() -> async<> {
        const auto [a, b, c] = co_await gather(value_after(3s, 1), value_after(1s, 2),  //
                                               value_after(2s, 3));
        EXPECT_EQ(std::vector({a, b, c}), std::vector({1, 2, 3}));
        EXPECT_EQ(patio::now(), time_point{} + 3s);

        std::vector<async<int>> operations;
        for (int i = 1; i <= 5; ++i)
            operations.push_back(value_after(std::chrono::seconds{6 - i}, i));
        const auto results = co_await gather(std::move(operations));
        EXPECT_EQ(results, std::vector({1, 2, 3, 4, 5}));
        EXPECT_EQ(patio::now(), time_point{} + 8s);
    });
}

TEST(gather_tests, test_return_exceptions) {
    patio::testing::run([]() -> async<> {
        const auto [a, b, c, d] =
            co_await gather_settled(value_after(4s, 3), failure_after(1s, "zero"),
                                    value_after(3s, 1), failure_after(2s, "one"));
        EXPECT_EQ(patio::now(), time_point{} + 4s);
        EXPECT_EQ(a.value(), 3);
        EXPECT_EQ(c.value(), 1);
        for (const auto* failed : {&b, &d}) {
            EXPECT_FALSE(failed->has_value());
            EXPECT_FALSE(failed->is_cancelled());
        }
        const auto text_of = [](const patio::outcome<int>& failed) -> std::string {
            try {
                return std::to_string(failed.value());
            } catch (const std::runtime_error& error) {
                return error.what();
            }
        };
        EXPECT_EQ(text_of(b), "zero");
        EXPECT_EQ(text_of(d), "one");
    });
}

// A child that somebody else cancels is a failure, and cancels nobody outside. Patio: the others
// are cancelled; here those are joins, which only watch, so the tasks behind them go on.
TEST(gather_tests, test_one_cancellation) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(value_after(1s, 1));
        const auto b = patio::create_task(value_after(10s, 2));
        const auto c = patio::create_task(value_after(3s, 3));
        const auto outer = patio::create_task([&]() -> async<std::string> {
            std::string seen;
            try {
                co_await gather(a, b, c);
            } catch (const patio::task_cancelled& cut) {
                seen = cut.reason();
            }
            co_await patio::yield();  // it is not cancelled itself
            co_return seen;
        });
        co_await patio::sleep(2s);
        EXPECT_TRUE(a.done());
        b.cancel("b alone");
        const std::string seen = co_await outer;
        EXPECT_EQ(seen, "b alone");
        EXPECT_EQ(patio::now(), time_point{} + 2s);
        EXPECT_FALSE(outer.cancelled());
        EXPECT_FALSE(c.cancelling());
        const int rest = co_await c;
        EXPECT_EQ(rest, 3);
    });
}

TEST(gather_tests, test_constructor_empty_sequence_use_running_loop) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const std::tuple<> nothing = co_await gather();
        static_cast<void>(nothing);
        std::vector<async<int>> none;
        const std::vector<int> values = co_await gather(none);
        EXPECT_TRUE(values.empty());
        const auto outcomes = co_await gather_settled(none);
        EXPECT_TRUE(outcomes.empty());
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

// Cancelling who gathers cancels all children, and no child is left when it is gone.
TEST(gather_tests, test_cancellation_broadcast) {
    int proof = 0;
    trace say;
    patio::testing::run([&]() -> async<> {
        patio::event never;
        std::vector<patio::any_task> children;
        const auto inner = [&](std::string name) -> async<> {
            const test::leaving last{say, std::move(name)};
            children.push_back(patio::current_task());
            co_await never.wait();
            proof += 1;
        };
        const auto outer = patio::create_task([&]() -> async<> {
            const test::leaving last{say, "outer"};
            co_await gather(inner("child1"), inner("child2"));
            proof += 100;
        });
        co_await patio::sleep(1s);
        EXPECT_TRUE(outer.cancel());
        EXPECT_TRUE(children.at(0).cancelling());
        EXPECT_TRUE(children.at(1).cancelling());
        const bool was_cancelled = co_await is_cut(outer);
        EXPECT_TRUE(was_cancelled);
        EXPECT_FALSE(outer.cancel());
        EXPECT_TRUE(children.at(0).cancelled());
        EXPECT_TRUE(children.at(1).cancelled());
        EXPECT_EQ(never.waiting(), 0U);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
    EXPECT_EQ(proof, 0);
    EXPECT_EQ(say, "child2 child1 outer");  // marked newest first, unwound in that order
}

// The second failure is nobody's fault: nobody could have looked at it. Patio: it is told apart
// from failures that somebody forgot, and is reported under a kind of its own, once.
TEST(gather_tests, test_exception_marking) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            patio::event go;
            const auto fail = [&](const char* text) -> async<> {
                co_await go.wait();
                throw std::runtime_error{text};
            };
            const auto outer = patio::create_task([&]() -> async<std::string> {
                const auto seen = co_await test::what_of(gather(fail("first"), fail("second")));
                co_return seen;
            });
            co_await patio::sleep(1s);
            go.set();  // both wake in one turn
            const std::string seen = co_await outer;
            EXPECT_EQ(seen, "first");
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::secondary_failure);
    EXPECT_NE(reports[0].text.find("second"), std::string::npos) << reports[0].text;
}

// Waiting for outcomes whatever they are does not swallow the cancellation of who waits.
TEST(gather_tests, test_cancel_gather_2) {
    patio::testing::run([]() -> async<> {
        int rounds = 0;
        const auto looping = patio::create_task([&]() -> async<> {
            while (patio::now() < time_point{} + 1s) {
                co_await gather_settled(patio::sleep(50ms), failure_after(50ms));
                ++rounds;
            }
        });
        co_await patio::sleep(220ms);
        looping.cancel("my message");
        std::string reason;
        try {
            co_await looping;
        } catch (const patio::task_cancelled& cut) {
            reason = cut.reason();
        }
        EXPECT_EQ(reason, "my message");
        EXPECT_TRUE(looping.cancelled());
        EXPECT_EQ(rounds, 4);
        EXPECT_EQ(patio::now(), time_point{} + 220ms);
    });
}

}  // namespace
