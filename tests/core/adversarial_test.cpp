// SPDX-License-Identifier: MIT

// What nobody should do, and what happens if somebody does.

#include <patio/core/core.hpp>

#include <patio/core/async_generator.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::kept_report;
using patio::testing::run;
using test::keeping;

/// Calls a function when it dies.
template <class F>
class at_exit {
public:
    explicit at_exit(F f) : f_{std::move(f)} {}
    at_exit(const at_exit&) = delete;
    at_exit& operator=(const at_exit&) = delete;
    ~at_exit() { f_(); }

private:
    F f_;
};

async<> succeed_after(patio::duration length) { co_await patio::sleep(length); }

async<> fail_after(patio::duration length) {
    co_await patio::sleep(length);
    throw std::runtime_error{"boom"};
}

TEST(adversarial, a_failure_taken_by_one_joiner_is_there_for_the_next) {
    int seen = 0;
    run([&]() -> async<> {
        auto first = patio::create_task(fail_after(1s));
        auto second = first;
        try {
            co_await std::move(first);
        } catch (const std::runtime_error&) {
            ++seen;
        }
        try {
            co_await second;
        } catch (const std::runtime_error&) {
            ++seen;
        }
    });
    EXPECT_EQ(seen, 2);
}

TEST(adversarial, a_failure_that_the_body_has_caught_is_still_the_groups) {
    std::string what;
    run([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<> {
            try {
                co_await group.spawn(fail_after(1s));
            } catch (const std::runtime_error&) {}
        };
        try {
            co_await patio::with_task_group(body);
        } catch (const patio::exception_group& failures) {
            what = failures.what();
        }
    });
    EXPECT_NE(what.find("boom"), std::string::npos) << what;
}

TEST(adversarial, nested_cleanups_that_hang_end_in_a_deadlock_not_in_an_abort) {
    std::vector<kept_report> reports;
    EXPECT_THROW(run(
                     []() -> async<> {
                         patio::event never;
                         auto hang = [&]() -> async<> { co_await never.wait(); };
                         auto inner = [&]() -> async<> { co_await patio::finally(hang(), hang); };
                         co_await patio::finally(inner(), hang);
                     },
                     keeping(reports)),
                 patio::deadlock);
}

TEST(adversarial, a_handle_may_be_replaced_while_somebody_is_about_to_see_the_result) {
    std::string seen;
    run([&]() -> async<> {
        patio::task<std::string> current;
        auto text = [](const char* of) -> async<std::string> {
            co_await patio::sleep(1s);
            co_return of;
        };
        auto replace = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await patio::yield();  // the task has ended, who awaits it has not run
            current = patio::create_task(text("the second"));
        };
        const auto replacing = patio::create_task(replace);
        current = patio::create_task(text("the first one of two"));
        const std::string result = co_await current;
        seen = result;
    });
    EXPECT_EQ(seen, "the first one of two");
}

TEST(adversarial, a_destructor_on_the_way_out_may_wake_cancel_spawn_and_drop) {
    std::string said;
    std::vector<kept_report> reports;
    run(
        [&]() -> async<> {
            patio::event happened;
            patio::event never;
            patio::task<> last = patio::create_task(succeed_after(1ms));
            patio::task<> victim = patio::create_task(succeed_after(1h));
            auto waiter = [&]() -> async<> {
                co_await happened.wait();
                said += "woke ";
            };
            auto late = [&]() -> async<> {
                said += "spawned ";
                co_await patio::sleep(1s);
                said += "went on ";
            };
            auto body = [&]() -> async<> {
                const at_exit leaving{[&] {
                    happened.set();
                    victim.cancel("from a destructor");
                    patio::current_task().cancel("itself");
                    patio::create_task(late());
                    last = {};
                    auto unused = succeed_after(1s);
                }};
                co_await never.wait();
            };
            auto waiting = patio::create_task(waiter());
            auto cut = patio::create_task(body());
            co_await patio::sleep(1s);
            cut.cancel();
            co_await waiting;
            co_await patio::sleep(2s);
            EXPECT_TRUE(cut.cancelled());
            EXPECT_TRUE(victim.cancelled());
        },
        keeping(reports));
    EXPECT_EQ(said, "woke spawned went on ");
    for (const auto& one : reports)
        ADD_FAILURE() << one.text;
}

TEST(adversarial, a_destructor_on_the_way_out_may_cancel_the_scope_outside) {
    std::string said;
    run([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<> {
            auto inner = [&]() -> async<> {
                const at_exit leaving{[&] { group.cancel("enough"); }};
                co_await patio::sleep(10s);
            };
            co_await patio::move_on_after(1s, inner());
            said += "moved on ";
            co_await patio::sleep(10s);
            said += "not this ";
        };
        co_await patio::with_task_group(body);
        said += "left ";
    });
    EXPECT_EQ(said, "left ");
}

TEST(adversarial, a_task_may_cancel_itself_and_still_return) {
    run([]() -> async<> {
        auto body = []() -> async<int> {
            EXPECT_TRUE(patio::current_task().cancel());
            EXPECT_FALSE(patio::current_task().cancel());
            co_return 7;
        };
        const int value = co_await patio::create_task(body());
        EXPECT_EQ(value, 7);
    });
}

TEST(adversarial, spawning_into_a_group_from_a_dying_frame_of_it_joins_the_child) {
    std::string said;
    run([&]() -> async<> {
        auto child = [&]() -> async<> {
            const at_exit leaving{[&] { said += "child left "; }};
            said += "child began ";
            co_await patio::sleep(1s);
        };
        auto body = [&](patio::task_group& group) -> async<> {
            const at_exit leaving{[&] { group.spawn(child()); }};
            co_await patio::sleep(10s);
        };
        co_await patio::move_on_after(1s, patio::with_task_group(body));
        said += "over";
    });
    EXPECT_EQ(said, "child began child left over");
}

TEST(adversarial, a_body_that_spawns_and_throws_before_it_is_a_coroutine_is_joined) {
    std::string what;
    bool has_left = false;
    run([&]() -> async<> {
        auto child = [&]() -> async<> {
            const at_exit leaving{[&] { has_left = true; }};
            co_await patio::sleep(1s);
        };
        auto body = [&](patio::task_group& group) -> async<> {
            group.spawn(child());
            throw std::runtime_error{"no body"};
        };
        try {
            co_await patio::with_task_group(body);
        } catch (const patio::exception_group& failures) {
            what = failures.what();
        }
    });
    EXPECT_TRUE(has_left);
    EXPECT_NE(what.find("no body"), std::string::npos);
}

TEST(adversarial, a_group_that_is_cancelled_twice_and_after_its_end_does_not_mind) {
    patio::task_group* stale = nullptr;
    run([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<int> {
            stale = &group;
            group.cancel("one");
            group.cancel("two");
            co_return 3;
        };
        auto operation = patio::with_task_group(body);
        const int value = co_await operation;
        EXPECT_EQ(value, 3);
        stale->cancel("late");
        EXPECT_THROW(stale->spawn(succeed_after(1s)), patio::group_closed);
        co_await patio::sleep(1s);
    });
}

TEST(adversarial, handles_that_outlive_their_loop_still_answer) {
    patio::task<int> value;
    patio::task<> failed;
    patio::task<> cut;
    run([&]() -> async<> {
        value = patio::create_task(test::value_after(1s, 5));
        failed = patio::create_task(fail_after(1s));
        cut = patio::create_task(fail_after(10s));
        co_await patio::sleep(2s);
    });
    EXPECT_TRUE(value.done() && failed.done() && cut.cancelled());
    EXPECT_FALSE(value.cancel());
    EXPECT_FALSE(value.cancelling());
    EXPECT_STREQ(value.name(), "value_after");
    EXPECT_STREQ(cut.name(), "fail_after");
    run([&]() -> async<> {  // another loop
        const int got = co_await value;
        EXPECT_EQ(got, 5);
        EXPECT_THROW(patio::task<>::take::take_from(*failed.block()), std::runtime_error);
        EXPECT_THROW(patio::task<>::take::take_from(*cut.block()), patio::task_cancelled);
    });
}

TEST(adversarial, more_handles_than_the_block_can_count_keep_the_task) {
    run([]() -> async<> {
        auto one = patio::create_task(test::value_after(1s, 5));
        const std::vector<patio::task<int>> many(70'000, one);
        const int value = co_await many.back();
        EXPECT_EQ(value, 5);
        const int again = co_await one;
        EXPECT_EQ(again, 5);
    });
}

TEST(adversarial, an_empty_gather_gives_nothing_and_an_empty_race_says_so) {
    run([]() -> async<> {
        const std::tuple<> nothing = co_await patio::gather();
        EXPECT_EQ(nothing, std::tuple<>{});
        const auto settled = co_await patio::gather_settled();
        EXPECT_EQ(std::tuple_size_v<decltype(settled)>, 0U);
        std::vector<async<int>> none;
        const auto values = co_await patio::gather(none);
        EXPECT_TRUE(values.empty());
        bool has_thrown = false;
        try {
            co_await patio::race(none);
        } catch (const patio::usage_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
    });
}

TEST(adversarial, a_timeout_of_nothing_or_less_lets_what_is_ready_pass) {
    run([]() -> async<> {
        for (const patio::duration length :
             {patio::duration{0s}, patio::duration{-5s}, patio::duration::nanoseconds(INT64_MIN)}) {
            const int value = co_await patio::timeout(length, test::value_at_once(3));
            EXPECT_EQ(value, 3);
            const bool has_ended = co_await patio::move_on_after(length, succeed_after(1ms));
            EXPECT_FALSE(has_ended);
        }
        const bool has_ended =
            co_await patio::move_on_after(patio::duration::forever(), succeed_after(1h));
        EXPECT_TRUE(has_ended);
    });
}

TEST(adversarial, a_deadline_can_be_moved_while_it_lives_only) {
    run([]() -> async<> {
        patio::deadline* kept = nullptr;
        int refusals = 0;
        const auto move = [&](patio::deadline& d) {
            try {
                d.reschedule(1s);
            } catch (const patio::usage_error&) {
                ++refusals;
            }
        };
        auto body = [&](patio::deadline& d) -> async<> {
            kept = &d;
            const at_exit leaving{[&] {
                EXPECT_TRUE(d.expired());
                move(d);
            }};
            d.reschedule(patio::time_point::never());
            EXPECT_EQ(d.when(), patio::time_point::never());
            co_await patio::sleep(100s);
            d.reschedule(-1s);
            EXPECT_LT(d.when(), patio::now());
            EXPECT_FALSE(d.expired());
            co_await patio::sleep(100s);
        };
        auto operation = patio::move_on_after(1s, body);
        const bool has_ended = co_await operation;
        EXPECT_FALSE(has_ended);
        move(*kept);
        EXPECT_EQ(refusals, 2);
    });
}

TEST(adversarial, a_cancelled_wait_for_a_cut_deadline_goes_on_outwards) {
    run([]() -> async<> {
        auto inner = [](patio::deadline& d) -> async<> {
            const at_exit leaving{[&] { EXPECT_FALSE(d.expired()); }};
            co_await patio::sleep(100s);
        };
        auto middle = [&]() -> async<> {
            co_await patio::move_on_after(10s, inner);
            ADD_FAILURE() << "went on inside of a cancelled scope";
        };
        const bool has_ended = co_await patio::move_on_after(1s, middle());
        EXPECT_FALSE(has_ended);
    });
}

TEST(adversarial, main_may_be_cancelled_and_the_loop_run_again) {
    patio::testing::test_loop loop;
    auto main = []() -> async<int> {
        patio::current_task().cancel("by itself");
        co_await patio::sleep(1s);
        co_return 1;
    };
    EXPECT_THROW(loop.run(main()), patio::task_cancelled);
    EXPECT_EQ(loop.run(test::value_after(1s, 4)), 4);
}

TEST(adversarial, a_nested_run_is_refused_and_harms_nobody) {
    int refusals = 0;
    run([&]() -> async<> {
        const auto nested = [&] {
            try {
                run(succeed_after(1s));
            } catch (const patio::usage_error&) {
                ++refusals;
            }
        };
        nested();
        co_await patio::sleep(1s);
        auto body = [&]() -> async<> {
            const at_exit leaving{nested};
            co_await patio::sleep(10s);
        };
        co_await patio::move_on_after(1s, body());
        co_await patio::sleep(1s);
    });
    EXPECT_EQ(refusals, 2);
}

TEST(adversarial, a_parameter_of_main_may_spawn_when_it_dies) {
    int begun = 0;
    auto late = [&]() -> async<> {
        ++begun;
        co_await patio::sleep(1s);
    };
    auto spawn = [&] { patio::create_task(late()); };
    auto main = [](std::unique_ptr<at_exit<decltype(spawn)>>) -> async<> {
        co_await patio::sleep(1s);
    };
    run(main(std::make_unique<at_exit<decltype(spawn)>>(spawn)));
    EXPECT_EQ(begun, 1);
}

// --- what ends the program

/// Runs `body`, which is to end the program with a message that begins with `words`.
template <class F>
void expect_misuse(F body, const char* words) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(run(body), std::string{"patio: "} + words);
}

/// Expects the end of the program where `use` is given a coroutine that was awaited before.
template <class F>
void expect_refusal_of_empty(F use) {
    const auto body = [&]() -> async<> {
        auto used = test::value_at_once(1);
        co_await std::move(used);
        co_await use(std::move(used));
    };
    expect_misuse(body, "co_await of an empty coroutine");
}

TEST(adversarial_death, an_empty_coroutine_is_not_started) {
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        patio::create_task(std::move(empty));
        co_return;
    });
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        auto make = [&] { return std::move(empty); };
        co_await patio::create_task(make);
    });
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        co_await patio::gather(std::move(empty), test::value_at_once(1));
    });
}

TEST(adversarial_death, an_empty_coroutine_is_not_entered) {
    expect_refusal_of_empty(
        [](async<int> empty) -> async<> { co_await patio::timeout(1s, std::move(empty)); });
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        const auto cleanup = []() -> async<> { co_return; };
        co_await patio::finally(std::move(empty), cleanup);
    });
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        const auto body = [&](patio::deadline&) { return std::move(empty); };
        co_await patio::timeout(1s, body);
    });
    expect_refusal_of_empty([](async<int> empty) -> async<> {
        const auto body = [&](patio::task_group&) { return std::move(empty); };
        co_await patio::with_task_group(body);
    });
}

TEST(adversarial_death, an_operation_is_not_awaited_twice) {
    expect_misuse(
        []() -> async<> {
            const auto body = [](patio::task_group&) -> async<> { co_return; };
            auto operation = patio::with_task_group(body);
            co_await operation;
            co_await operation;
        },
        "an operation was awaited twice");
    expect_misuse(
        []() -> async<> {
            auto operation = patio::gather(test::value_at_once(1));
            co_await operation;
            co_await operation;
        },
        "an operation was awaited twice");
}

}  // namespace
