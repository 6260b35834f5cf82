// SPDX-License-Identifier: MIT

#include <patio/core/gather.hpp>

#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::gather;
using patio::gather_settled;
using patio::move_on_after;
using patio::time_point;
using patio::testing::kept_report;
using test::leaving;
using test::nap;
using test::trace;

/// Waits for an operation of the kernel that takes a while to be cancelled.
async<> slow_to_cancel(trace& say, std::string name, std::uint64_t latency_ms) {
    const leaving end{say, std::move(name)};
    test::kernel_operation operation{test::ms(100'000), test::ms(latency_ms), false};
    co_await operation;
}

// --- completes

TEST(gather, gives_all_results_in_the_order_of_its_arguments) {
    patio::testing::run([]() -> async<> {
        auto text = []() -> async<std::string> {
            co_await patio::sleep(1s);
            co_return "text";
        };
        const auto [a, b, c, d] = co_await gather(test::value_after(3s, 1), text(),
                                                  patio::sleep(2s), test::value_at_once(4));
        static_assert(std::is_same_v<decltype(c), const std::monostate>);
        EXPECT_EQ(a, 1);
        EXPECT_EQ(b, "text");
        EXPECT_EQ(d, 4);
        EXPECT_EQ(patio::now(), time_point{} + 3s) << "all at once";
    });
}

TEST(gather, of_nothing_gives_an_empty_tuple_without_a_turn) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const std::tuple<> nothing = co_await gather();
        (void)nothing;
        const std::tuple<> settled = co_await gather_settled();
        (void)settled;
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(gather, starts_its_operations_in_the_order_of_the_arguments) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto talk = [&](std::string name) -> async<> {
            say(name);
            co_return;
        };
        co_await gather(talk("a"), talk("b"), talk("c"));
    });
    EXPECT_EQ(say, "a b c");
}

TEST(gather, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = [](int value) -> async<std::unique_ptr<int>> {
            co_return std::make_unique<int>(value);
        };
        const auto [a, b] = co_await gather(make(1), make(2));
        EXPECT_EQ(*a + *b, 3);
    });
}

TEST(gather, takes_anything_that_can_be_awaited) {
    patio::testing::run([]() -> async<> {
        const auto task = patio::create_task(test::value_after(1s, 3));
        const auto [a, b, c] =
            co_await gather(task, gather(test::value_after(1s, 1), test::value_at_once(2)),
                            move_on_after(1s, test::value_after(5s, 9)));
        EXPECT_EQ(a, 3);
        EXPECT_EQ(std::get<1>(b), 2);
        EXPECT_FALSE(c.has_value());
    });
}

// --- fails

TEST(gather, throws_the_first_failure_as_itself_when_the_others_have_been_cancelled_and_ended) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto all =
            gather(nap(say, "a", 10s), test::failure_after(1s), slow_to_cancel(say, "b", 30));
        const auto seen = co_await test::what_of(std::move(all));
        say(seen);
        EXPECT_EQ(patio::now(), time_point{} + 1030ms);
    });
    EXPECT_EQ(say, "a b boom");
}

TEST(gather, reports_further_failures) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto late = []() -> async<> {
                co_await patio::shield(patio::sleep(3s));
                throw std::runtime_error{"second"};
            };
            std::string seen;
            try {
                co_await gather(late(), test::failure_after(1s, "first"));
            } catch (const std::runtime_error& error) {
                seen = error.what();
            }
            EXPECT_EQ(seen, "first");
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::secondary_failure);
    EXPECT_NE(reports[0].text.find("second"), std::string::npos) << reports[0].text;
    EXPECT_NE(reports[0].text.find("gather_test.cpp"), std::string::npos) << "where it started";
}

TEST(gather, takes_a_child_that_somebody_cancelled_as_a_failure) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto task = patio::create_task(test::value_after(10s, 3));
        auto killer = [&]() -> async<> {
            co_await patio::sleep(1s);
            task.cancel("not needed");
        };
        patio::create_task(killer());
        const auto seen = co_await test::what_of(gather(task, nap(say, "sibling", 10s)));
        EXPECT_NE(seen.find("not needed"), std::string::npos) << seen;
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
    EXPECT_EQ(say, "sibling");
}

TEST(gather, starts_the_ones_before_and_cancels_them_if_one_fails_at_once) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto fail = []() -> async<> {
            throw std::runtime_error{"at once"};
            co_return;
        };
        const auto seen = co_await test::what_of(
            gather(nap(say, "before", 10s), fail(), nap(say, "behind", 10s)));
        EXPECT_EQ(seen, "at once");
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "before behind");
}

// --- is cancelled

TEST(gather, waits_for_its_children_before_who_awaits_it_is_unwound) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "waiter"};
            co_await gather(nap(say, "a", 10s), slow_to_cancel(say, "b", 30));
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 1030ms);
    });
    EXPECT_EQ(say, "a b waiter");
}

TEST(gather, delivers_its_results_if_every_child_ended_in_spite_of_the_cancellation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stubborn = [](int value) -> async<int> {
            co_await patio::shield(patio::sleep(3s));
            co_return value;
        };
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            const auto [a, b] = co_await gather(stubborn(1), stubborn(2));
            say(std::to_string(a + b));
            co_await patio::yield();
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(say, "3 unwound");
}

TEST(gather, delivers_a_failure_that_came_while_it_was_being_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stubborn = []() -> async<> {
            co_await patio::shield(patio::sleep(3s));
            throw std::runtime_error{"late"};
        };
        auto work = [&]() -> async<> {
            const auto seen = co_await test::what_of(gather(stubborn(), patio::sleep(10s)));
            say(seen);
            co_await patio::yield();
            say("not this");
        };
        co_await move_on_after(1s, work());
    });
    EXPECT_EQ(say, "late");
}

TEST(gather, starts_nothing_in_a_task_that_is_being_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            patio::current_task().cancel();
            co_await gather(nap(say, "a", 1s), nap(say, "b", 1s));
            say("not this");
        };
        const auto task = patio::create_task(work());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "unwound");
}

TEST(gather, leaves_nothing_behind_wherever_it_is_cancelled) {
    long frames = 0;
    auto child = [&](patio::duration length) -> async<int> {
        const test::counted frame{frames};
        co_await patio::sleep(length);
        co_return 1;
    };
    auto body = [&]() -> async<> {
        const test::counted frame{frames};
        co_await gather(child(1s), gather(child(2s), child(1s)), gather_settled(child(3s)));
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 6U);
    EXPECT_EQ(frames, 0);
}

TEST(gather, reports_its_operations_if_it_is_never_awaited) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            { auto forgotten = gather(test::value_after(1s, 1), test::value_after(1s, 2)); }
            co_return;
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::never_awaited);
}

// --- gather_settled

TEST(gather_settled, gives_the_outcome_of_each_and_disturbs_none) {
    trace say;
    patio::testing::run([&]() -> async<> {
        const auto task = patio::create_task(test::value_after(10s, 3));
        auto killer = [&]() -> async<> {
            co_await patio::sleep(1s);
            task.cancel("not needed");
        };
        patio::create_task(killer());
        const auto [value, failure, cut, nothing] = co_await gather_settled(
            test::value_after(3s, 1), test::failure_after(1s), task, nap(say, "nap", 2s));
        EXPECT_EQ(value.value(), 1);
        EXPECT_FALSE(failure.has_value());
        EXPECT_FALSE(failure.is_cancelled());
        EXPECT_THROW((void)failure.value(), std::runtime_error);
        EXPECT_TRUE(cut.is_cancelled());
        EXPECT_TRUE(nothing.has_value());
        EXPECT_EQ(patio::now(), time_point{} + 3s);
    });
    EXPECT_EQ(say, "woke nap");
}

TEST(gather_settled, does_not_swallow_a_cancellation_from_outside) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            co_await gather_settled(nap(say, "a", 10s), nap(say, "b", 10s));
            say("not this");
        };
        const bool has_ended = co_await move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(say, "b a");
}

}  // namespace
