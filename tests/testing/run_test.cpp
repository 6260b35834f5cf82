// SPDX-License-Identifier: MIT

#include <patio/testing/run.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::time_point;
using patio::testing::kept_report;
using patio::testing::test_loop;
using test::trace;

async<> fail_unseen() {
    throw std::runtime_error{"unseen"};
    co_return;
}

// --- run

TEST(run, gives_the_value_of_a_coroutine_or_of_a_function_that_makes_one) {
    EXPECT_EQ(patio::testing::run(test::value_after(1h, 3)), 3);
    EXPECT_EQ(patio::testing::run([]() { return test::value_after(1h, 4); }), 4);
    auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    EXPECT_EQ(*patio::testing::run(make), 5);
}

TEST(run, takes_anything_that_can_be_awaited) {
    patio::testing::run(patio::sleep(1h));
    EXPECT_EQ(patio::testing::run(patio::timeout(2s, test::value_after(1s, 3))), 3);
    EXPECT_THROW(patio::testing::run(patio::timeout(1s, test::value_after(2s, 3))),
                 patio::timed_out);
    const auto both =
        patio::testing::run(patio::gather(test::value_after(1s, 1), test::value_after(1s, 2)));
    EXPECT_EQ(both, std::tuple(1, 2));
    auto named = patio::sleep(1h);
    patio::testing::run(named);
}

TEST(run, names_an_operation_in_reports) {
    patio::event never;
    std::string text;
    try {
        patio::testing::run(never.wait());
    } catch (const patio::deadlock& report) {
        text = report.what();
    }
    EXPECT_NE(text.find("\n  event.wait: event.wait"), std::string::npos) << text;
}

TEST(run, keeps_the_function_alive) {
    const auto text = std::make_shared<std::string>("kept");
    const std::string seen = patio::testing::run([text]() -> async<std::string> {
        co_await patio::sleep(1s);
        co_return *text;
    });
    EXPECT_EQ(seen, "kept");
    EXPECT_EQ(text.use_count(), 1);
}

TEST(run, throws_what_the_coroutine_throws) {
    EXPECT_THROW(patio::testing::run(test::failure_after(1s)), std::runtime_error);
}

TEST(run, throws_deadlock_when_everybody_waits_for_ever) {
    auto main = []() -> async<> {
        test::mailbox letters;
        const auto letter = co_await letters.get();
    };
    EXPECT_THROW(patio::testing::run(main), patio::deadlock);
}

TEST(run, throws_reports_that_nobody_asked_for) {
    auto main = []() -> async<> {
        patio::create_task(fail_unseen());
        co_await patio::sleep(1s);
    };
    std::string text;
    try {
        patio::testing::run(main);
    } catch (const patio::testing::unexpected_report& report) {
        text = report.what();
    }
    EXPECT_NE(text.find("task 'fail_unseen' failed and nobody looked"), std::string::npos) << text;
}

TEST(run, throws_all_reports_at_once) {
    auto main = []() -> async<> {
        patio::create_task(fail_unseen());
        { auto forgotten = test::value_after(1s, 1); }
        co_await patio::sleep(1s);
    };
    std::string text;
    try {
        patio::testing::run(main);
    } catch (const patio::testing::unexpected_report& report) {
        text = report.what();
    }
    EXPECT_NE(text.find("never awaited"), std::string::npos) << text;
    EXPECT_NE(text.find("nobody looked"), std::string::npos) << text;
}

TEST(run, lets_a_failure_of_the_coroutine_go_before_reports) {
    auto main = []() -> async<> {
        patio::create_task(fail_unseen());
        co_await patio::sleep(1s);
        throw std::logic_error{"main"};
    };
    EXPECT_THROW(patio::testing::run(main), std::logic_error);
}

TEST(run, keeps_reports_if_it_is_told_to) {
    std::vector<kept_report> reports;
    auto main = []() -> async<> {
        patio::create_task(fail_unseen());
        co_await patio::sleep(1s);
    };
    patio::testing::run(main, test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::unobserved_failure);
    EXPECT_EQ(reports[0].task, "fail_unseen");
}

// --- test_loop

TEST(test_loop, runs_what_is_ready_without_letting_time_pass) {
    trace say;
    test_loop loop;
    const auto task = loop.spawn(test::nap(say, "end", 1s));
    EXPECT_FALSE(task.done());
    loop.run_until_idle();
    EXPECT_FALSE(task.done());
    EXPECT_EQ(loop.now(), time_point{});
    EXPECT_EQ(loop.next_deadline(), time_point{} + 1s);
    EXPECT_EQ(loop.task_count(), 1U);
    EXPECT_EQ(say, "");
}

TEST(test_loop, runs_one_turn) {
    int steps = 0;
    auto count = [&]() -> async<> {
        for (;;) {
            ++steps;
            co_await patio::yield();
        }
    };
    test_loop loop;
    const auto task = loop.spawn(count());
    for (int i = 1; i <= 3; ++i) {
        loop.turn();
        EXPECT_EQ(steps, i);
    }
}

TEST(test_loop, lets_time_pass_and_fires_each_deadline_on_the_way_at_its_own_time) {
    std::vector<time_point> times;
    auto tick = [&]() -> async<> {
        for (;;) {
            co_await patio::sleep(2s);
            times.push_back(patio::now());
        }
    };
    test_loop loop;
    const auto task = loop.spawn(tick());
    loop.advance(5s);
    EXPECT_EQ(times, (std::vector<time_point>{time_point{} + 2s, time_point{} + 4s}));
    EXPECT_EQ(loop.now(), time_point{} + 5s);
    loop.advance(1s);
    EXPECT_EQ(times.size(), 3U);
}

TEST(test_loop, does_not_go_back_when_a_task_has_moved_the_clock_further) {
    test_loop loop;
    auto compute = []() -> async<> {
        co_await patio::sleep(1s);
        auto& clock = patio::this_thread_loop().driven_by();
        static_cast<patio::testing::virtual_time&>(clock).advance(10s);
    };
    const auto task = loop.spawn(compute());
    loop.advance(2s);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(loop.now(), time_point{} + 11s);
}

TEST(test_loop, stops_at_the_last_deadline_when_it_is_told_to_go_on_for_ever) {
    test_loop loop;
    std::vector<time_point> times;
    auto tick = [&]() -> async<> {
        for (int i = 0; i < 3; ++i) {
            co_await patio::sleep(1h);
            times.push_back(patio::now());
        }
    };
    auto wait = []() -> async<> { co_await patio::sleep(patio::duration::forever()); };
    const auto ticking = loop.spawn(tick());
    const auto waiting = loop.spawn(wait());
    loop.advance(patio::duration::forever());
    EXPECT_TRUE(ticking.done());
    EXPECT_FALSE(waiting.done());
    const time_point start;
    EXPECT_EQ(times, (std::vector<time_point>{start + 1h, start + 2h, start + 3h}));
    EXPECT_EQ(loop.now(), start + 3h);
    loop.advance(patio::duration::forever());
    EXPECT_EQ(loop.now(), start + 3h);
    loop.advance(1h);
    EXPECT_EQ(loop.now(), start + 4h);
}

TEST(test_loop, has_no_deadline_when_nobody_waits_for_one) {
    test_loop loop;
    EXPECT_EQ(loop.next_deadline(), time_point::never());
    loop.advance(1h);
    EXPECT_EQ(loop.now(), time_point{} + 1h);
}

TEST(test_loop, cancels_what_is_left_when_it_ends) {
    trace say;
    {
        test_loop loop;
        const auto task = loop.spawn(test::nap(say, "unwound", 1s));
        loop.run_until_idle();
    }
    EXPECT_EQ(say, "unwound");
}

TEST(test_loop, throws_reports_when_it_is_finished) {
    test_loop loop;
    loop.spawn(fail_unseen());
    loop.run_until_idle();
    EXPECT_THROW(loop.finish(), patio::testing::unexpected_report);
    EXPECT_NO_THROW(loop.finish()) << "once";
}

TEST(test_loop, runs_a_main_after_it_was_driven_by_hand) {
    test_loop loop;
    loop.advance(1s);
    const int value = loop.run(test::value_after(1s, 3));
    EXPECT_EQ(value, 3);
    EXPECT_EQ(loop.now(), time_point{} + 2s);
}

/// Starts a task when it dies, as a parameter of a main that has ended.
class last_words {
public:
    explicit last_words(async<> (*speak)(trace&), trace& say) : speak_{speak}, say_{&say} {}
    last_words(last_words&& other) noexcept
        : speak_{other.speak_}, say_{std::exchange(other.say_, nullptr)} {}
    last_words& operator=(last_words&&) = delete;
    ~last_words() {
        if (say_ != nullptr) patio::create_task(speak_(*say_));
    }

private:
    async<> (*speak_)(trace&);
    trace* say_;
};

async<> speak_and_fail(trace& say) {
    say("spoke");
    throw std::runtime_error{"spoke"};
    co_return;
}

async<int> end_with(last_words) {
    co_await patio::sleep(1s);
    co_return 3;
}

TEST(test_loop, joins_the_tasks_that_the_end_of_mains_parameters_starts) {
    trace say;
    std::vector<kept_report> reports;
    test_loop loop{patio::testing::run_options{}.keep_reports(reports)};
    EXPECT_EQ(loop.run(end_with(last_words{&speak_and_fail, say})), 3);
    EXPECT_EQ(say, "spoke");
    EXPECT_EQ(loop.task_count(), 0U);
    EXPECT_EQ(reports.size(), 1U);
}

TEST(run, throws_the_reports_of_what_the_end_of_mains_parameters_starts) {
    trace say;
    EXPECT_THROW(patio::testing::run(end_with(last_words{&speak_and_fail, say})),
                 patio::testing::unexpected_report);
    EXPECT_EQ(say, "spoke");
}

TEST(turn, counts_the_turns_of_the_loop) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        co_await patio::yield();
        co_await patio::yield();
        EXPECT_EQ(patio::testing::turn(), before + 2);
    });
}

}  // namespace
