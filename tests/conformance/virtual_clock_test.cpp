// SPDX-License-Identifier: MIT

// Cases of trio's tests of its testing tools: the mock clock, waiting until every task is blocked,
// looking for checkpoints, and the order in which tasks run. Each suite bears the name of the test
// there. In Patio the time of tests jumps as soon as every task waits, and a `test_loop` is driven
// from outside.

#include <patio/core/gather.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>
#include <patio/testing/virtual_time.hpp>

#include "support/trace.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using patio::testing::run_options;
using patio::testing::test_loop;
using patio::testing::virtual_time;
using test::trace;

// --- test_mock_clock. That a clock never goes back is in tests/crash/virtual_time_goes_back.cpp.

TEST(test_mock_clock, begins_at_zero_and_moves_only_when_it_is_told_to) {
    virtual_time clock;
    EXPECT_EQ(clock.now(), time_point{});
    clock.advance(1200ms);
    EXPECT_EQ(clock.now(), time_point{1200ms});
    clock.advance(0s);
    EXPECT_EQ(clock.now(), time_point{1200ms});
}

TEST(test_mock_clock, tells_a_program_its_time) {
    test_loop loop;
    loop.advance(1200ms);
    EXPECT_EQ(loop.now(), time_point{1200ms});
    const auto seen = loop.run([]() -> async<time_point> { co_return patio::now(); }());
    EXPECT_EQ(seen, time_point{1200ms});
}

// --- test_mock_clock_autojump

TEST(test_mock_clock_autojump, wakes_each_sleep_exactly_at_its_end) {
    patio::testing::run([]() -> async<> {
        auto start = patio::now();
        for (int i = 0; i < 10; ++i) {
            co_await patio::sleep(10s * i);
            EXPECT_EQ(patio::now() - start, duration{10s * i});
            start = patio::now();
        }
        EXPECT_EQ(patio::now(), time_point{450s});
    });
}

TEST(test_mock_clock_autojump, does_not_jump_while_anything_is_ready) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto busy = [&]() -> async<> {
            for (int i = 0; i < 1000; ++i)
                co_await patio::yield();
            EXPECT_EQ(patio::now(), time_point{});
            say("busy");
        };
        const auto task = patio::create_task(busy);
        co_await patio::sleep(duration::nanoseconds(1));
        say("slept");
        EXPECT_TRUE(task.done());
        EXPECT_EQ(patio::now(), time_point{duration::nanoseconds(1)});
    });
    EXPECT_EQ(say, "busy slept");
}

TEST(test_mock_clock_autojump, takes_no_longer_for_a_longer_sleep) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        co_await patio::sleep(100'000s);
        EXPECT_EQ(patio::now(), time_point{100'000s});
        EXPECT_LE(patio::testing::turn() - before, 12U) << "one for each level of the timer wheel";
    });
}

TEST(test_mock_clock_autojump_interference, does_not_come_from_a_clock_of_no_loop) {
    patio::testing::run([]() -> async<> {
        virtual_time other;
        other.advance(1h);
        co_await patio::yield();
        EXPECT_EQ(patio::now(), time_point{});
        co_await patio::sleep(100'000s);
        EXPECT_EQ(patio::now(), time_point{100'000s});
        EXPECT_EQ(other.now(), time_point{1h});
    });
}

TEST(test_mock_clock_autojump_preset, keeps_what_the_clock_showed_before_the_loop_ran) {
    virtual_time time;
    time.advance(1h);
    patio::loop loop{time, time};
    loop.run([]() -> async<> { co_await patio::sleep(10'000s); }());
    EXPECT_EQ(time.now(), time_point{1h} + 10'000s);
    EXPECT_EQ(loop.now(), time_point{1h} + 10'000s);
}

TEST(test_mock_clock_autojump_0_and_wait_all_tasks_blocked_0, waiting_for_others_takes_no_time) {
    trace say;
    test_loop loop;
    const auto sleeper = loop.spawn([](trace& say_it) -> async<> {
        co_await patio::sleep(100s);
        say_it("yawn");
    }(say));
    loop.run_until_idle();
    say("all blocked");
    EXPECT_EQ(loop.now(), time_point{});
    EXPECT_EQ(loop.next_deadline(), time_point{100s});
    loop.run([](trace& say_it) -> async<> {
        co_await patio::sleep(1000s);
        say_it("done");
    }(say));
    EXPECT_EQ(say, "all blocked yawn done");
    EXPECT_EQ(loop.now(), time_point{1000s});
    EXPECT_TRUE(sleeper.done());
}

// trio's cushion waits until nothing has run for so long in real time. Here that is an order of
// deadlines like any other.
TEST(test_mock_clock_autojump_0_and_wait_all_tasks_blocked_nonzero, is_a_sleep_like_any_other) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await patio::gather(test::nap(say, "yawn", 100s), test::nap(say, "waiter", 1s));
        EXPECT_EQ(patio::now(), time_point{100s});
    });
    EXPECT_EQ(say, "woke waiter woke yawn");
}

// --- test_wait_all_tasks_blocked. From outside it is `run_until_idle`; from inside of the loop a
// sleep of a nanosecond, as no time passes before every task waits.

async<> busy_bee(trace& say) {
    for (int i = 0; i < 10; ++i)
        co_await patio::yield();
    say("exhausted");
}

TEST(test_wait_all_tasks_blocked, returns_when_the_last_busy_task_waits) {
    trace say;
    test_loop loop;
    const auto bee = loop.spawn(busy_bee(say));
    const auto sleeper = loop.spawn(test::nap(say, "sleeper", 1s));
    loop.run_until_idle();
    EXPECT_EQ(say, "exhausted");
    EXPECT_TRUE(bee.done());
    EXPECT_FALSE(sleeper.done());
    EXPECT_EQ(loop.now(), time_point{});
}

TEST(test_wait_all_tasks_blocked, can_be_asked_from_inside_by_several_tasks) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto waiting_for_bee_to_leave = [&]() -> async<> {
            co_await patio::sleep(duration::nanoseconds(1));
            say("quiet");
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(waiting_for_bee_to_leave);
            group.spawn(waiting_for_bee_to_leave);
            group.spawn(busy_bee(say));
            co_return;
        });
    });
    EXPECT_EQ(say, "exhausted quiet quiet");
}

TEST(test_wait_all_tasks_blocked, sees_a_cancellation_through) {
    trace say;
    test_loop loop;
    const auto task = loop.spawn(test::nap(say, "ok", 1h));
    loop.run_until_idle();
    task.cancel();
    EXPECT_FALSE(task.done());
    loop.run_until_idle();
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(say, "ok");
    EXPECT_EQ(loop.now(), time_point{});
    EXPECT_EQ(loop.next_deadline(), time_point::never());
}

TEST(test_wait_all_tasks_blocked_with_timeouts, sees_what_a_jump_of_the_clock_has_woken) {
    trace say;
    test_loop loop;
    const auto timeout_task = loop.spawn([](trace& say_it) -> async<> {
        say_it("start");
        co_await patio::sleep(5s);
        say_it("finished");
    }(say));
    loop.run_until_idle();
    EXPECT_EQ(say, "start");
    loop.advance(4999ms);
    EXPECT_EQ(say, "start");
    loop.advance(5001ms);
    EXPECT_EQ(say, "start finished");
    EXPECT_TRUE(timeout_task.done());
    EXPECT_EQ(loop.now(), time_point{10s});
}

// --- test_assert_checkpoints. A checkpoint of trio gives others a turn and lets a cancellation in.

/// What awaiting something is.
class checkpoint_kind {
public:
    checkpoint_kind(bool yields, bool is_cut) : yields_{yields}, is_cut_{is_cut} {}
    friend bool operator==(const checkpoint_kind&, const checkpoint_kind&) = default;
    friend std::ostream& operator<<(std::ostream& out, const checkpoint_kind& kind) {
        return out << (kind.yields_ ? "yields, " : "does not yield, ")
                   << (kind.is_cut_ ? "is cut" : "is not cut");
    }

private:
    bool yields_;
    bool is_cut_;
};

/// Awaits what `make` makes: once as it is, once in a task that is being cancelled.
template <class F>
checkpoint_kind kind_of(F make) {
    bool yields = false;
    bool is_cut = true;
    patio::testing::run([&]() -> async<> {
        const auto before = patio::testing::turn();
        co_await make();
        yields = patio::testing::turn() > before;
        co_await with_task_group([&](task_group& scope) -> async<> {
            scope.cancel();
            co_await make();
            is_cut = false;
        });
    });
    return checkpoint_kind{yields, is_cut};
}

TEST(test_assert_checkpoints, whatever_must_wait_is_one) {
    const checkpoint_kind full{true, true};
    EXPECT_EQ(kind_of([] { return patio::yield(); }), full);
    EXPECT_EQ(kind_of([] { return patio::sleep(0s); }), full);
    EXPECT_EQ(kind_of([] { return patio::sleep(-1s); }), full);
    EXPECT_EQ(kind_of([] { return patio::sleep_until(time_point{}); }), full);
    EXPECT_EQ(kind_of([] { return patio::gather(patio::yield()); }), full);
}

TEST(test_assert_checkpoints, checkpoint_lets_a_cancellation_in_without_giving_a_turn) {
    EXPECT_EQ(kind_of([] { return patio::checkpoint(); }), (checkpoint_kind{false, true}));
}

TEST(test_assert_checkpoints, a_shielded_yield_gives_a_turn_without_letting_a_cancellation_in) {
    const auto shielded = [] { return patio::shield(patio::yield()); };
    EXPECT_EQ(kind_of(shielded), (checkpoint_kind{true, false}));
}

TEST(test_assert_checkpoints, both_together_are_one) {
    const auto both = []() -> async<> {
        co_await patio::checkpoint();
        co_await patio::shield(patio::yield());
    };
    EXPECT_EQ(kind_of(both), (checkpoint_kind{true, true}));
}

// trio's functions are checkpoints always. Here awaiting what is there already is none.
TEST(test_assert_checkpoints, what_need_not_wait_is_none) {
    const checkpoint_kind none{false, false};
    EXPECT_EQ(kind_of([]() -> async<> { co_return; }), none);
    EXPECT_EQ(kind_of([] { return patio::gather(); }), none);
    const auto empty_group = [] {
        return with_task_group([](task_group&) -> async<> { co_return; });
    };
    EXPECT_EQ(kind_of(empty_group), none);
}

// --- test_scheduler_determinism

using step = std::pair<std::string, int>;

std::vector<step> scheduler_trace(run_options options = {}) {
    std::vector<step> steps;
    patio::testing::run(
        [&]() -> async<> {
            auto tracer = [&](std::string name) -> async<> {
                for (int i = 0; i < 50; ++i) {
                    steps.emplace_back(name, i);
                    co_await patio::sleep(0s);
                }
            };
            co_await with_task_group([&](task_group& group) -> async<> {
                for (int i = 0; i < 5; ++i)
                    group.spawn(tracer, std::to_string(i));
                co_return;
            });
        },
        std::move(options));
    return steps;
}

// trio shuffles always, lest a program rely on an order. Patio promises one: first come, first
// served.
TEST(test_the_trio_scheduler_is_not_deterministic, patio_runs_tasks_in_the_order_of_their_coming) {
    std::vector<step> expected;
    for (int i = 0; i < 50; ++i) {
        for (int name = 0; name < 5; ++name)
            expected.emplace_back(std::to_string(name), i);
    }
    EXPECT_EQ(scheduler_trace(), expected);
}

TEST(test_the_trio_scheduler_is_not_deterministic, each_seed_gives_another_order) {
    std::set<std::vector<step>> traces;
    for (std::uint64_t seed = 0; seed < 10; ++seed)
        traces.insert(scheduler_trace(run_options{}.shuffle(seed)));
    EXPECT_EQ(traces.size(), 10U);
}

TEST(test_the_trio_scheduler_is_deterministic_if_seeded, gives_the_same_order_each_time) {
    std::set<std::vector<step>> traces;
    for (int i = 0; i < 10; ++i)
        traces.insert(scheduler_trace(run_options{}.shuffle(4711)));
    EXPECT_EQ(traces.size(), 1U);
}

TEST(test_the_trio_scheduler_is_deterministic_if_seeded, shuffles_within_a_turn_only) {
    const std::vector<step> steps = scheduler_trace(run_options{}.shuffle(4711));
    ASSERT_EQ(steps.size(), 250U);
    const auto is_earlier_round = [](const step& a, const step& b) { return a.second < b.second; };
    EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end(), is_earlier_round));
}

}  // namespace
