// SPDX-License-Identifier: MIT

#include <patio/core/task_group.hpp>

#include <patio/core/exception_group.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::task_group;
using patio::with_task_group;
using test::leaving;
using test::nap;
using test::trace;

/// The texts of the members of the group that `operation` throws.
template <class A>
async<std::vector<std::string>> failures_of(A operation) {
    std::vector<std::string> texts;
    try {
        co_await std::move(operation);
    } catch (const patio::exception_group& failures) {
        for (const auto& one : failures) {
            try {
                std::rethrow_exception(one.error());
            } catch (const std::exception& error) {
                texts.emplace_back(error.what());
            }
        }
    }
    co_return texts;
}

// --- completes

TEST(task_group, is_left_when_every_child_has_ended) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& group) -> async<int> {
            group.spawn(test::value_after(1s, 1));
            group.spawn(test::value_after(3s, 2));
            EXPECT_EQ(group.size(), 2U);
            co_return 5;
        };
        const int value = co_await with_task_group(body);
        EXPECT_EQ(value, 5);
        EXPECT_EQ(patio::now(), patio::time_point{} + 3s);
    });
}

TEST(task_group, costs_no_turn_if_it_stays_empty) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        auto body = [](task_group&) -> async<> { co_return; };
        co_await with_task_group(body);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(task_group, takes_tasks_from_its_children_while_it_waits_for_them) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            auto child = [&say, &group]() -> async<> {
                co_await patio::sleep(1s);
                group.spawn(nap(say, "grandchild", 1s));
                say("child");
            };
            group.spawn(child);
            co_return;
        };
        co_await with_task_group(body);
        say("left");
    });
    EXPECT_EQ(say, "child woke grandchild left");
}

TEST(task_group, keeps_the_callable_and_its_arguments_alive) {
    patio::testing::run([]() -> async<> {
        std::string result;
        auto body = [&](task_group& group) -> async<> {
            auto number = std::make_unique<int>(7);
            auto add = [text = std::string{"a text that is kept "}, &result](
                           std::unique_ptr<int> kept, std::string more) -> async<> {
                co_await patio::sleep(1s);
                result = text + std::to_string(*kept) + more;
            };
            group.spawn(std::move(add), std::move(number), " and more");
            co_return;
        };
        co_await with_task_group(body);
        EXPECT_EQ(result, "a text that is kept 7 and more");
    });
}

TEST(task_group, keeps_what_arguments_are_converted_to_alive) {
    struct name {
        name(const char* text, bool* lives) : lives_{lives} { *lives_ = *text != '\0'; }
        name(std::pair<const char*, bool*> both) : name{both.first, both.second} {}
        name(const name&) = delete;
        name& operator=(const name&) = delete;
        ~name() { *lives_ = false; }
        bool* lives_;
    };
    bool lives = false;
    bool lived = false;
    const auto greet = [](const name& whom, bool* result) -> async<> {
        co_await patio::sleep(1s);
        *result = *whom.lives_;
    };
    patio::testing::run([&]() -> async<> {
        co_await patio::with_task_group([&](task_group& group) -> async<> {
            group.spawn(greet, std::pair<const char*, bool*>{"Ada", &lives}, &lived);
            co_return;
        });
    });
    EXPECT_TRUE(lived);
    EXPECT_FALSE(lives);
}

TEST(task_group, gives_a_handle_with_the_result_of_the_child) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& group) -> async<int> {
            const auto a = group.spawn(test::value_after(2s, 1));
            const auto b = group.spawn(test::value_after, patio::duration{1s}, 2);
            const int first = co_await a;
            const int second = co_await b;
            co_return first * 10 + second;
        };
        const int value = co_await with_task_group(body);
        EXPECT_EQ(value, 12);
    });
}

TEST(task_group, starts_children_in_the_order_in_which_they_were_spawned) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            for (const char* name : {"a", "b", "c"}) {
                auto child = [&say, name]() -> async<> {
                    say(name);
                    co_return;
                };
                group.spawn(std::move(child));
            }
            say("body");
            co_return;
        };
        co_await with_task_group(body);
    });
    EXPECT_EQ(say, "body a b c");
}

// --- fails

TEST(task_group, cancels_siblings_and_body_when_a_child_fails) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            const leaving end{say, "body"};
            group.spawn(nap(say, "sibling", 10s));
            group.spawn(test::failure_after(1s));
            co_await patio::sleep(10s);
            say("not this");
        };
        const auto failures = co_await failures_of(with_task_group(body));
        EXPECT_EQ(failures, std::vector<std::string>{"boom"});
        EXPECT_EQ(patio::now(), patio::time_point{} + 1s);
    });
    EXPECT_EQ(say, "sibling body");
}

TEST(task_group, throws_all_failures_together_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        auto late = []() -> async<> {
            co_await patio::shield(patio::sleep(3s));
            throw std::runtime_error{"late"};
        };
        auto body = [&](task_group& group) -> async<> {
            group.spawn(late);
            group.spawn(test::failure_after(1s, "early"));
            try {
                co_await patio::sleep(1s);
            } catch (...) {}
            throw std::runtime_error{"body"};
        };
        const auto failures = co_await failures_of(with_task_group(body));
        EXPECT_EQ(failures, (std::vector<std::string>{"early", "late", "body"}));
    });
}

TEST(task_group, cancels_the_children_when_the_body_fails) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            group.spawn(nap(say, "child", 10s));
            co_await patio::sleep(1s);
            throw std::runtime_error{"body"};
        };
        const auto failures = co_await failures_of(with_task_group(body));
        EXPECT_EQ(failures, std::vector<std::string>{"body"});
    });
    EXPECT_EQ(say, "child");
}

TEST(task_group, counts_a_failure_once_that_the_body_got_from_a_child) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& group) -> async<> {
            const auto child = group.spawn(test::failure_after(1s));
            co_await patio::shield(patio::sleep(2s));
            co_await child;
        };
        const auto failures = co_await failures_of(with_task_group(body));
        EXPECT_EQ(failures.size(), 1U);
    });
}

TEST(task_group, takes_a_body_that_throws_before_it_is_a_coroutine_as_a_failure_of_the_body) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            group.spawn(nap(say, "child", 10s));
            if (group.size() == 1) throw std::runtime_error{"no body"};
            return nap(say, "not this", 1s);
        };
        const auto failures = co_await failures_of(with_task_group(body));
        EXPECT_EQ(failures, std::vector<std::string>{"no body"});
    });
    EXPECT_EQ(say, "child");
}

struct throwing_argument {
    throwing_argument() = default;
    throwing_argument(const throwing_argument&) { throw std::runtime_error{"not copied"}; }
};

TEST(task_group, starts_nothing_if_an_argument_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& group) -> async<> {
            const throwing_argument argument;
            auto child = [](const throwing_argument&) -> async<> { co_return; };
            bool has_thrown = false;
            try {
                group.spawn(child, argument);
            } catch (const std::runtime_error&) {
                has_thrown = true;
            }
            EXPECT_TRUE(has_thrown);
            EXPECT_EQ(group.size(), 0U);
            co_return;
        };
        co_await with_task_group(body);
    });
}

TEST(task_group, takes_no_failure_from_a_child_that_was_cancelled_alone) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            const auto child = group.spawn(nap(say, "cut", 10s));
            group.spawn(nap(say, "sibling", 2s));
            co_await patio::sleep(1s);
            child.cancel();
            auto join = [&]() -> async<> { co_await child; };
            const auto seen = co_await test::what_of(join());
            EXPECT_NE(seen.find("task was cancelled"), std::string::npos) << seen;
        };
        co_await with_task_group(body);
    });
    EXPECT_EQ(say, "cut woke sibling");
}

TEST(task_group, refuses_tasks_once_it_has_ended) {
    trace say;
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run([&]() -> async<> {
        // Destroyed with the body's frame, when everything in the group has ended.
        struct late {
            task_group& group;
            trace& say;
            late(task_group& g, trace& s) : group{g}, say{s} {}
            late(const late&) = delete;
            late& operator=(const late&) = delete;
            ~late() {
                try {
                    group.spawn(test::value_at_once(1));
                } catch (const patio::group_closed& error) {
                    say(error.what());
                }
            }
        };
        auto body = [&](task_group& group) -> async<std::unique_ptr<late>> {
            co_return std::make_unique<late>(group, say);
        };
        (void)co_await with_task_group(body);
    });
    EXPECT_EQ(say, "the task group has ended and takes no more tasks");
}

// --- ends early

TEST(task_group, ends_without_an_error_when_it_is_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            const leaving end{say, "body"};
            group.spawn(nap(say, "child", 10s));
            co_await patio::sleep(1s);
            group.cancel();
            group.cancel();
            co_await patio::sleep(1s);
            say("not this");
        };
        co_await with_task_group(body);
        co_await patio::sleep(1s);
        say("on");
    });
    EXPECT_EQ(say, "child body on");
}

TEST(task_group, throws_task_cancelled_with_the_reason_if_its_body_had_still_to_give_a_value) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& group) -> async<int> {
            group.cancel("enough");
            co_await patio::sleep(1s);
            co_return 1;
        };
        std::string reason = "nothing thrown";
        try {
            co_await with_task_group(body);
        } catch (const patio::task_cancelled& error) {
            reason = error.reason();
        }
        EXPECT_EQ(reason, "enough");
    });
}

TEST(task_group, keeps_the_value_that_its_body_had_returned_before_it_was_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<int> {
            group.spawn(nap(say, "child", 10s));
            group.cancel();
            co_return 2;
        };
        const int value = co_await with_task_group(body);
        EXPECT_EQ(value, 2);
    });
    EXPECT_EQ(say, "child");
}

TEST(task_group, tells_who_joins_a_child_that_it_cancelled_the_reason) {
    patio::testing::run([]() -> async<> {
        patio::task<int> child;
        auto body = [&](task_group& group) -> async<> {
            child = group.spawn(test::value_after(10s, 1));
            co_await patio::sleep(1s);
            group.cancel("enough");
        };
        co_await with_task_group(body);
        std::string reason = "nothing thrown";
        try {
            co_await child;
        } catch (const patio::task_cancelled& error) {
            reason = error.reason();
        }
        EXPECT_EQ(reason, "enough");
    });
}

TEST(task_group, lets_a_task_that_comes_while_it_is_cancelled_run_to_its_first_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<> {
            group.cancel();
            auto child = [&]() -> async<> {
                const leaving end{say, "unwound"};
                say("started");
                co_await patio::sleep(1s);
                say("not this");
            };
            group.spawn(child);
            co_return;
        };
        co_await with_task_group(body);
    });
    EXPECT_EQ(say, "started unwound");
}

// --- is cancelled

TEST(task_group, unwinds_its_body_then_its_children_then_who_awaits_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto work = [&]() -> async<> {
            const leaving waiter{say, "waiter"};
            auto body = [&](task_group& group) -> async<> {
                const leaving end{say, "body"};
                auto child = [&]() -> async<> {
                    const leaving last{say, "child"};
                    test::kernel_operation slow{test::ms(100'000), test::ms(30), false};
                    co_await slow;
                };
                group.spawn(child);
                co_await patio::sleep(10s);
            };
            co_await with_task_group(body);
            say("not this");
        };
        const bool has_ended = co_await patio::move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(patio::now(), patio::time_point{} + 1030ms);
    });
    EXPECT_EQ(say, "body child waiter");
}

TEST(task_group, delivers_a_failure_that_a_child_met_while_it_was_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto late = []() -> async<> {
            co_await patio::shield(patio::sleep(3s));
            throw std::runtime_error{"late"};
        };
        auto body = [&](task_group& group) -> async<> {
            group.spawn(late);
            co_await patio::sleep(10s);
        };
        auto work = [&]() -> async<> {
            const auto failures = co_await failures_of(with_task_group(body));
            say(failures.front());
            co_await patio::yield();
            say("not this");
        };
        const bool has_ended = co_await patio::move_on_after(1s, work());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(say, "late");
}

TEST(task_group, ignores_a_cancellation_that_comes_between_its_end_and_its_awaiters_turn) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto body = [&](task_group& group) -> async<int> {
            group.spawn(nap(say, "child", 1s));
            auto cancel_late = [&]() -> async<> {
                co_await patio::sleep(1s);  // wakes in the same turn as the child, behind it
                group.cancel();
                say("cancelled");
            };
            patio::create_task(cancel_late);
            co_return 6;
        };
        const int value = co_await with_task_group(body);
        EXPECT_EQ(value, 6);
        co_await patio::yield();
        say("on");
    });
    EXPECT_EQ(say, "woke child cancelled on");
}

TEST(task_group, leaves_nothing_behind_wherever_it_is_cancelled) {
    long frames = 0;
    auto child = [&](patio::duration length) -> async<> {
        const test::counted frame{frames};
        co_await patio::sleep(length);
    };
    auto work = [&]() -> async<> {
        const test::counted frame{frames};
        auto body = [&](task_group& group) -> async<> {
            const test::counted inner_frame{frames};
            group.spawn(child, patio::duration{1s});
            group.spawn(child, patio::duration{2s});
            co_await patio::sleep(1s);
        };
        co_await with_task_group(body);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(work), 5U);
    EXPECT_EQ(frames, 0);
}

TEST(task_group, create_task_starts_a_task_that_the_end_of_the_program_cancels) {
    trace say;
    patio::testing::run([&]() -> async<> {
        patio::create_task(nap(say, "unwound", 10s));
        co_await patio::sleep(1s);
        say("main");
    });
    EXPECT_EQ(say, "main unwound");
}

}  // namespace
