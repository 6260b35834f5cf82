// SPDX-License-Identifier: MIT

#include <patio/core/timeout.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::deadline;
using patio::move_on_after;
using patio::time_point;
using patio::timeout;
using test::leaving;
using test::nap;
using test::trace;

// --- the operation ends in time

TEST(timeout, gives_the_value_of_an_operation_that_ends_in_time) {
    patio::testing::run([]() -> async<> {
        const int value = co_await timeout(2s, test::value_after(1s, 7));
        EXPECT_EQ(value, 7);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(timeout, costs_no_turn_around_an_operation_that_never_waits) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const int value = co_await timeout(2s, test::value_at_once(7));
        EXPECT_EQ(value, 7);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(timeout, leaves_no_deadline_behind) {
    patio::testing::test_loop loop;
    auto work = []() -> async<> { co_await timeout(2s, test::value_after(1s, 7)); };
    const auto task = loop.spawn(work());
    loop.advance(1s);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(loop.next_deadline(), time_point::never());
}

TEST(timeout, takes_anything_that_can_be_awaited) {
    patio::testing::run([]() -> async<> {
        co_await timeout(2s, patio::sleep(1s));
        const auto task = patio::create_task(test::value_after(1s, 3));
        const int value = co_await timeout(2s, task);
        EXPECT_EQ(value, 3);
        const auto both =
            co_await timeout(2s, patio::gather(test::value_after(1s, 1), test::value_after(1s, 2)));
        EXPECT_EQ(std::get<1>(both), 2);
    });
}

TEST(timeout, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        const auto value = co_await timeout(1s, make());
        EXPECT_EQ(*value, 5);
        const auto optional = co_await move_on_after(1s, make());
        EXPECT_EQ(**optional, 5);
    });
}

TEST(timeout, throws_what_the_operation_throws) {
    patio::testing::run([]() -> async<> {
        const auto seen = co_await test::what_of(timeout(2s, test::failure_after(1s)));
        EXPECT_EQ(seen, "boom");
        const auto other = co_await test::what_of(move_on_after(2s, test::failure_after(1s)));
        EXPECT_EQ(other, "boom");
    });
}

// --- it does not

async<> nested(trace& say, int depth) {
    const leaving end{say, std::to_string(depth)};
    if (depth == 0) {
        co_await patio::sleep(10s);
    } else {
        co_await nested(say, depth - 1);
    }
    say("not this");
}

TEST(timeout, throws_timed_out_when_every_frame_is_gone_innermost_first) {
    trace say;
    patio::testing::run([&]() -> async<> {
        try {
            co_await timeout(1s, nested(say, 4));
        } catch (const patio::timed_out& error) {
            say(error.what());
        }
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
    EXPECT_EQ(say, "0 1 2 3 4 timed out");
}

TEST(timeout, cannot_be_swallowed_by_the_operation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto stubborn = [&]() -> async<> {
            try {
                co_await patio::sleep(10s);
            } catch (...) {
                say("not this");
            }
        };
        const bool has_ended = co_await move_on_after(1s, stubborn());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(say, "");
}

TEST(timeout, is_a_success_if_an_operation_that_could_not_be_cancelled_ends_late) {
    patio::testing::run([]() -> async<> {
        auto read = []() -> async<int> {
            test::kernel_operation deaf{test::ms(5000), test::ms(0), true};
            co_await deaf;
            co_return 7;
        };
        const int value = co_await timeout(1s, read());
        EXPECT_EQ(value, 7);
        EXPECT_EQ(patio::now(), time_point{} + 5s);
    });
}

TEST(timeout, lets_an_error_out_that_came_late) {
    patio::testing::run([]() -> async<> {
        auto late = []() -> async<> {
            co_await patio::shield(patio::sleep(5s));
            throw std::runtime_error{"late"};
        };
        const auto seen = co_await test::what_of(timeout(1s, late()));
        EXPECT_EQ(seen, "late");
    });
}

TEST(timeout, of_zero_runs_the_operation_to_its_first_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "unwound"};
            say("started");
            co_await patio::sleep(1s);
            say("not this");
        };
        const bool has_ended = co_await move_on_after(0s, work());
        EXPECT_FALSE(has_ended);
        const int value = co_await timeout(-1s, test::value_at_once(4));
        EXPECT_EQ(value, 4);
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "started unwound");
}

TEST(timeout, for_ever_is_no_limit) {
    patio::testing::run([]() -> async<> {
        const int value = co_await timeout(patio::duration::forever(), test::value_after(1h, 4));
        EXPECT_EQ(value, 4);
    });
    std::vector<patio::testing::kept_report> reports;
    auto stuck = []() -> async<> {
        co_await timeout(patio::duration::forever(), patio::sleep(patio::duration::forever()));
    };
    EXPECT_THROW(patio::testing::run(stuck, test::keeping(reports)), patio::deadlock);
}

TEST(timeout, can_be_given_as_a_point_in_time) {
    patio::testing::run([]() -> async<> {
        const bool early = co_await patio::move_on_at(time_point{} + 1s, test::nap_quietly(2s));
        EXPECT_FALSE(early);
        const auto seen =
            co_await test::what_of(patio::timeout_at(time_point{} + 3s, patio::sleep(10s)));
        EXPECT_EQ(seen, "timed out");
        EXPECT_EQ(patio::now(), time_point{} + 3s);
    });
}

TEST(timeout, gives_an_empty_optional_for_a_value_and_false_for_none) {
    patio::testing::run([]() -> async<> {
        const std::optional<int> value = co_await move_on_after(1s, test::value_after(10s, 1));
        EXPECT_FALSE(value.has_value());
        const std::optional<int> other = co_await move_on_after(1s, test::value_at_once(1));
        EXPECT_EQ(other, 1);
        const bool has_ended = co_await move_on_after(1s, patio::sleep(10s));
        EXPECT_FALSE(has_ended);
    });
}

// --- nested

TEST(timeout, inside_another_ends_only_its_own_operation) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const bool inner = co_await move_on_after(1s, nap(say, "inner", 10s));
            EXPECT_FALSE(inner);
            co_await patio::sleep(1s);
            say("outer went on");
        };
        const bool outer = co_await move_on_after(5s, work());
        EXPECT_TRUE(outer);
    });
    EXPECT_EQ(say, "inner outer went on");
}

TEST(timeout, around_another_ends_both_if_it_is_shorter) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "outer"};
            co_await move_on_after(5s, nap(say, "inner", 10s));
            say("not this");
        };
        const bool outer = co_await move_on_after(1s, work());
        EXPECT_FALSE(outer);
    });
    EXPECT_EQ(say, "inner outer");
}

TEST(timeout, at_the_same_time_as_an_outer_one_leaves_the_outcome_to_that) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            co_await move_on_after(1s, patio::sleep(10s));
            say("not this");
        };
        const bool outer = co_await move_on_after(1s, work());
        EXPECT_FALSE(outer);
    });
    EXPECT_EQ(say, "");
}

TEST(timeout, fires_before_a_sleep_that_ends_at_the_same_time_since_it_was_there_first) {
    patio::testing::run([]() -> async<> {
        const bool has_ended = co_await move_on_after(1s, patio::sleep(1s));
        EXPECT_FALSE(has_ended);
    });
}

// --- moved

TEST(deadline, can_be_asked_for_and_moved_by_the_operation) {
    patio::testing::run([]() -> async<> {
        auto work = [](deadline& limit) -> async<int> {
            EXPECT_EQ(limit.when(), time_point{} + 1s);
            EXPECT_FALSE(limit.expired());
            limit.reschedule(5s);
            EXPECT_EQ(limit.when(), time_point{} + 5s);
            co_await patio::sleep(4s);
            co_return 3;
        };
        const int value = co_await timeout(1s, work);
        EXPECT_EQ(value, 3);
    });
}

TEST(deadline, can_be_moved_nearer_and_into_the_past) {
    patio::testing::run([]() -> async<> {
        auto sooner = [](deadline& limit) -> async<> {
            limit.reschedule(1s);
            co_await patio::sleep(10s);
        };
        const auto seen = co_await test::what_of(timeout(5s, sooner));
        EXPECT_EQ(seen, "timed out");
        EXPECT_EQ(patio::now(), time_point{} + 1s);
        auto past = [](deadline& limit) -> async<> {
            limit.reschedule(time_point{});
            co_await patio::sleep(10s);
        };
        const bool has_ended = co_await move_on_after(5s, past);
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), time_point{} + 1s);
    });
}

TEST(deadline, can_be_taken_away) {
    patio::testing::run([]() -> async<> {
        auto work = [](deadline& limit) -> async<> {
            limit.reschedule(time_point::never());
            EXPECT_EQ(limit.when(), time_point::never());
            co_await patio::sleep(10h);
        };
        const bool has_ended = co_await move_on_after(1s, work);
        EXPECT_TRUE(has_ended);
    });
}

TEST(deadline, cannot_be_moved_once_it_has_passed) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&](deadline& limit) -> async<> {
            struct last_words {
                deadline& limit;
                trace& say;
                last_words(deadline& d, trace& t) : limit{d}, say{t} {}
                last_words(const last_words&) = delete;
                last_words& operator=(const last_words&) = delete;
                ~last_words() {
                    EXPECT_TRUE(limit.expired());
                    EXPECT_EQ(limit.when(), time_point{} + 1s);
                    EXPECT_THROW(limit.reschedule(5s), patio::usage_error);
                    say("refused");
                }
            };
            const last_words end{limit, say};
            co_await patio::sleep(10s);
        };
        co_await move_on_after(1s, work);
    });
    EXPECT_EQ(say, "refused");
}

TEST(deadline, can_stand_inside_other_combinators) {
    patio::testing::run([]() -> async<> {
        auto work = [](deadline& limit) -> async<int> {
            limit.reschedule(3s);
            co_await patio::sleep(2s);
            co_return 6;
        };
        const auto both = co_await patio::gather(timeout(1s, work), timeout(1s, work));
        EXPECT_EQ(std::get<0>(both) + std::get<1>(both), 12);
    });
}

TEST(deadline, is_not_made_if_the_function_throws_before_it_is_a_coroutine) {
    patio::testing::run([]() -> async<> {
        auto work = [](deadline& limit) -> async<> {
            if (!limit.expired()) throw std::runtime_error{"no coroutine"};
            return test::nap_quietly(1s);
        };
        const auto seen = co_await test::what_of(timeout(1s, work));
        EXPECT_EQ(seen, "no coroutine");
    });
}

// --- is cancelled

TEST(timeout, unwinds_its_operation_when_it_is_cancelled_from_outside) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving end{say, "waiter"};
            co_await timeout(5s, nap(say, "operation", 10s));
            say("not this");
        };
        const auto task = patio::create_task(work());
        co_await patio::sleep(1s);
        task.cancel();
        co_await patio::yield();
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(say, "operation waiter");
}

TEST(timeout, may_be_cancelled_anywhere) {
    long frames = 0;
    auto inner = [&]() -> async<int> {
        const test::counted frame{frames};
        co_await patio::sleep(2s);
        co_await patio::sleep(2s);
        co_return 1;
    };
    auto body = [&]() -> async<> {
        const test::counted frame{frames};
        co_await move_on_after(3s, inner());
        co_await move_on_after(10s, inner());
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 5U);
    EXPECT_EQ(frames, 0);
}

TEST(timeout, dies_unstarted_if_it_is_never_awaited) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            { auto forgotten = timeout(1s, test::value_after(1s, 1)); }
            co_return;
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::never_awaited);
}

}  // namespace
