// SPDX-License-Identifier: MIT

#include <patio/core/ready.hpp>

#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::task_group;
using patio::with_task_group;

static_assert(!std::is_copy_constructible_v<patio::ready<int>>);
static_assert(std::is_nothrow_move_constructible_v<patio::ready<int>>);

/// Is ready after `first` and ends after `second`.
async<> serve(patio::ready<int> listening, duration first, duration second) {
    co_await patio::sleep(first);
    listening(8080);
    co_await patio::sleep(second);
}

TEST(ready, gives_its_value_to_the_one_who_started_it_and_the_task_to_the_group) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            const int port = co_await group.start<int>(serve, duration{1s}, duration{2s});
            EXPECT_EQ(port, 8080);
            EXPECT_EQ(patio::now() - begin, duration{1s});
            EXPECT_EQ(group.size(), 1U);
        });
        EXPECT_EQ(patio::now() - begin, duration{3s});
    });
}

TEST(ready, needs_no_value) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<> up) -> async<> {
            co_await patio::sleep(1s);
            up();
        };
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(child);
            EXPECT_EQ(patio::now() - begin, duration{1s});
        });
    });
}

TEST(ready, carries_values_that_can_only_be_moved) {
    patio::testing::run([]() -> async<> {
        using box = std::unique_ptr<int>;
        auto child = [](patio::ready<box> up, box value) -> async<> {
            up(std::move(value));
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            auto given = std::make_unique<int>(7);
            const box taken = co_await group.start<box>(child, std::move(given));
            EXPECT_EQ(*taken, 7);
        });
    });
}

TEST(ready, keeps_the_callable_and_its_arguments_alive) {
    patio::testing::run([]() -> async<> {
        std::string seen;
        co_await with_task_group([&](task_group& group) -> async<> {
            {
                const std::string captured(40, 'c');
                auto child = [captured, &seen](patio::ready<> up, std::string text) -> async<> {
                    up();
                    co_await patio::sleep(1s);
                    seen = captured + text;
                };
                co_await group.start(child, std::string(40, 't'));
            }
            co_await patio::yield();
        });
        EXPECT_EQ(seen, std::string(40, 'c') + std::string(40, 't'));
    });
}

TEST(ready, made_by_default_ignores_what_it_is_told) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await serve(patio::ready<int>{}, 1s, 1s);
        EXPECT_EQ(patio::now() - begin, duration{2s});
        patio::ready<> ignored;
        ignored();
        ignored();
    });
}

TEST(ready, lets_the_task_bear_the_name_of_its_function) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<std::string> up) -> async<> {
            up(patio::current_task().name());
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const std::string name = co_await group.start<std::string>(child);
            EXPECT_NE(name.find("lambda"), std::string::npos) << name;
        });
    });
}

// --- failures

TEST(ready, leaves_a_failure_before_it_to_the_one_who_started) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int>) -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"no such port"};
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            std::string seen;
            try {
                co_await group.start<int>(child);
            } catch (const std::runtime_error& error) {
                seen = error.what();
            }
            EXPECT_EQ(seen, "no such port");
            co_await patio::yield();  // the group is well
        });
    });
}

TEST(ready, leaves_a_failure_after_it_to_the_group) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int> up) -> async<> {
            up(1);
            co_await patio::sleep(1s);
            throw std::runtime_error{"later"};
        };
        std::optional<int> value;
        bool has_failed = false;
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                value = co_await group.start<int>(child);
                co_await patio::sleep(1h);
            });
        } catch (const patio::exception_group& failures) {
            has_failed = failures.size() == 1 && failures.contains<std::runtime_error>();
        }
        EXPECT_EQ(value, 1);
        EXPECT_TRUE(has_failed);
    });
}

TEST(ready, missing_at_the_end_of_the_task_is_a_usage_error) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int>) -> async<> { co_await patio::sleep(1s); };
        co_await with_task_group([&](task_group& group) -> async<> {
            std::string seen;
            try {
                co_await group.start<int>(child);
            } catch (const patio::usage_error& error) {
                seen = error.what();
            }
            EXPECT_NE(seen.find("without having called its ready()"), std::string::npos) << seen;
        });
    });
}

TEST(ready, said_twice_is_an_error_of_the_one_who_says_it) {
    patio::testing::run([]() -> async<> {
        bool has_thrown = false;
        auto child = [&](patio::ready<int> up) -> async<> {
            up(1);
            try {
                up(2);
            } catch (const patio::usage_error&) {
                has_thrown = true;
            }
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const int value = co_await group.start<int>(child);
            EXPECT_EQ(value, 1);
        });
        EXPECT_TRUE(has_thrown);
    });
}

TEST(ready, outliving_its_task_is_an_error_when_it_is_said) {
    patio::testing::run([]() -> async<> {
        std::optional<patio::ready<int>> kept;
        auto child = [&](patio::ready<int> up) -> async<> {
            kept.emplace(std::move(up));
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            bool has_thrown = false;
            try {
                co_await group.start<int>(child);
            } catch (const patio::usage_error&) {
                has_thrown = true;
            }
            EXPECT_TRUE(has_thrown);
        });
        EXPECT_THROW((*kept)(1), patio::usage_error);
    });
}

TEST(ready, moved_away_is_an_error_when_it_is_said) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int> up) -> async<> {
            patio::ready<int> other{std::move(up)};
            EXPECT_THROW(up(1), patio::usage_error);  // NOLINT: that is the point
            other(2);
            co_return;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const int value = co_await group.start<int>(child);
            EXPECT_EQ(value, 2);
        });
    });
}

TEST(ready, may_be_said_by_another_task) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int> up) -> async<> {
            auto say = [](patio::ready<int> moved) -> async<> {
                co_await patio::sleep(1s);
                moved(5);
            };
            patio::create_task(say, std::move(up));
            co_await patio::sleep(3s);
        };
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            const int value = co_await group.start<int>(child);
            EXPECT_EQ(value, 5);
            EXPECT_EQ(patio::now() - begin, duration{1s});
        });
        EXPECT_EQ(patio::now() - begin, duration{3s});
    });
}

// --- the start is cancelled

TEST(ready, start_that_is_cancelled_cancels_and_joins_the_task) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        auto cleanup = []() -> async<> { co_await patio::sleep(5s); };
        auto child = [&](patio::ready<int> up) -> async<> {
            co_await patio::finally(patio::sleep(1h), cleanup);
            up(1);
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const auto value = co_await patio::move_on_after(1s, group.start<int>(child));
            EXPECT_FALSE(value.has_value());
            EXPECT_EQ(patio::now() - begin, duration{6s});
            EXPECT_EQ(group.size(), 0U);
        });
    });
}

TEST(ready, said_in_time_is_not_undone_by_a_cancellation_that_comes_with_it) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int> up, patio::any_task starter) -> async<> {
            up(1);
            starter.cancel();
            co_await patio::sleep(1s);
        };
        std::optional<int> value;
        bool has_child_ended = false;
        co_await with_task_group([&](task_group& group) -> async<> {
            auto start = [&]() -> async<> {
                const auto me = patio::current_task();
                value = co_await group.start<int>(child, me);
                EXPECT_EQ(group.size(), 2U);  // this task, and the one that it started
                co_await patio::sleep(1h);
            };
            const auto starter = group.spawn(start);
            co_await patio::sleep(500ms);
            EXPECT_TRUE(starter.cancelled());
            EXPECT_EQ(group.size(), 1U);  // it lives on without its starter
            co_await patio::sleep(1s);
            has_child_ended = group.size() == 0;
        });
        EXPECT_EQ(value, 1);
        EXPECT_TRUE(has_child_ended);
    });
}

TEST(ready, said_after_the_cancellation_of_its_start_changes_nothing) {
    patio::testing::run([]() -> async<> {
        bool was_said = false;
        bool was_cut = false;
        auto child = [&](patio::ready<int> up) -> async<> {
            auto late = [&]() -> async<> {
                co_await patio::sleep(1s);
                up(1);
                was_said = true;
            };
            co_await patio::shield(late());
            was_cut = true;
            co_await patio::yield();
            was_cut = false;
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            const auto value = co_await patio::move_on_after(500ms, group.start<int>(child));
            EXPECT_FALSE(value.has_value());
            EXPECT_EQ(group.size(), 0U);
        });
        EXPECT_TRUE(was_said);
        EXPECT_TRUE(was_cut);
    });
}

TEST(ready, start_tells_about_a_task_that_somebody_else_has_cancelled) {
    patio::testing::run([]() -> async<> {
        auto child = [](patio::ready<int>) -> async<> {
            patio::current_task().cancel("enough");
            co_await patio::sleep(1h);
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            std::string reason;
            try {
                co_await group.start<int>(child);
            } catch (const patio::task_cancelled& cancelled) {
                reason = cancelled.reason();
            }
            EXPECT_EQ(reason, "enough");
        });
    });
}

TEST(ready, start_throws_in_a_throwing_scope) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto child = [](patio::ready<int>) -> async<> { co_await patio::sleep(1h); };
        co_await with_task_group([&](task_group& group) -> async<> {
            auto body = [&]() -> async<> {
                try {
                    co_await group.start<int>(child);
                } catch (const patio::cancelled&) {
                    log += "caught";
                    throw;
                }
            };
            const bool is_whole = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
            EXPECT_FALSE(is_whole);
            EXPECT_EQ(group.size(), 0U);
        });
        EXPECT_EQ(log, "caught");
    });
}

// --- the group is cancelled, or ends

TEST(ready, moves_the_task_into_a_group_that_is_cancelled_already) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        task_group* target = nullptr;
        auto host = [&](patio::ready<> up) -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                target = &group;
                up();
                co_await patio::sleep(1h);
            });
        };
        int unwound = 0;
        struct counter {
            int* count;
            explicit counter(int& c) : count{&c} {}
            ~counter() { ++*count; }
        };
        auto sleeper = [&]() -> async<> {
            const counter counted{unwound};
            co_await patio::sleep(1h);
        };
        auto child = [&](patio::ready<int> up) -> async<> {
            co_await with_task_group([&](task_group& inner) -> async<> {
                inner.spawn(sleeper);
                inner.spawn([&]() -> async<> {
                    co_await patio::timeout(2h, patio::timeout(3h, sleeper()));
                });
                co_await patio::sleep(1s);
                target->cancel();
                up(3);
                co_await patio::sleep(1h);
            });
            ADD_FAILURE() << "must not get here";
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(host);
            const int value = co_await target->start<int>(child);
            EXPECT_EQ(value, 3);
        });
        EXPECT_EQ(unwound, 2);
        EXPECT_EQ(patio::now() - begin, duration{1s});
    });
}

TEST(ready, keeps_the_group_open_while_a_stranger_starts_a_task_in_it) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        task_group* target = nullptr;
        auto host = [&](patio::ready<> up) -> async<> {
            co_await with_task_group([&](task_group& group) -> async<> {
                target = &group;
                up();
                co_await patio::sleep(500ms);
            });
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(host);
            EXPECT_EQ(target->size(), 0U);
            const int port = co_await target->start<int>(serve, duration{1s}, duration{1s});
            EXPECT_EQ(port, 8080);
            EXPECT_EQ(target->size(), 1U);
        });
        EXPECT_EQ(patio::now() - begin, duration{2s});
    });
}

TEST(ready, start_that_fails_lets_the_group_end) {
    patio::testing::run([]() -> async<> {
        task_group* target = nullptr;
        patio::any_task host_task;
        auto host = [&](patio::ready<> up) -> async<> {
            host_task = patio::current_task();
            co_await with_task_group([&](task_group& group) -> async<> {
                target = &group;
                up();
                co_await patio::sleep(500ms);
            });
        };
        auto child = [](patio::ready<>) -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"no"};
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            co_await group.start(host);
            bool has_thrown = false;
            try {
                co_await target->start(child);
            } catch (const std::runtime_error&) {
                has_thrown = true;
                EXPECT_FALSE(host_task.done());
            }
            EXPECT_TRUE(has_thrown);
            co_await patio::sleep(1s);
            EXPECT_TRUE(host_task.done());
        });
    });
}

TEST(ready, start_refuses_a_group_that_has_ended) {
    patio::testing::run([]() -> async<> {
        bool was_refused = false;
        task_group* target = nullptr;
        patio::task<> waiting;
        auto stranger = [&](patio::task<> awaited) -> async<> {
            co_await std::move(awaited);  // wakes up in the turn in which the group has settled
            try {
                co_await target->start<int>(serve, duration{1s}, duration{1s});
            } catch (const patio::group_closed&) {
                was_refused = true;
            }
        };
        co_await with_task_group([&](task_group& group) -> async<> {
            target = &group;
            auto last = group.spawn([]() -> async<> { co_await patio::sleep(1s); });
            waiting = patio::create_task(stranger, std::move(last));
            co_return;
        });
        co_await std::move(waiting);
        EXPECT_TRUE(was_refused);
    });
}

TEST(ready, start_is_cancelled_with_the_group_of_its_caller) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn([&]() -> async<> {
                co_await patio::sleep(1s);
                group.cancel();
            });
            co_await group.start<int>(serve, duration{1h}, duration{1h});
            ADD_FAILURE() << "must not get here";
        });
        EXPECT_EQ(patio::now() - begin, duration{1s});
    });
}

// --- everywhere

async<> start_several() {
    auto chatty = [](patio::ready<int> up, int value) -> async<> {
        co_await patio::yield();
        co_await with_task_group([&](task_group& inner) -> async<> {
            inner.spawn([]() -> async<> { co_await patio::sleep(1s); });
            up(value);
            co_await patio::yield();
        });
    };
    co_await with_task_group([&](task_group& group) -> async<> {
        group.spawn([&]() -> async<> {
            const int second = co_await group.start<int>(chatty, 2);
            EXPECT_EQ(second, 2);
        });
        const int first = co_await group.start<int>(chatty, 1);
        EXPECT_EQ(first, 1);
        co_await patio::sleep(1s);
    });
}

TEST(ready, loses_nothing_wherever_the_starting_task_is_cancelled) {
    EXPECT_GT(patio::testing::cancel_everywhere(start_several), 5U);
}

TEST(ready, loses_nothing_in_whatever_order_tasks_run) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        patio::testing::cancel_everywhere(start_several,
                                          patio::testing::run_options{}.shuffle(seed));
    }
}

TEST(ready, keeps_the_group_open_no_longer_than_its_child_lives) {
    patio::testing::run([]() -> async<> {
        patio::event go_home;
        auto fails = [](patio::ready<>) -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"boom"};
        };
        auto outsider = [&](patio::task_group* group) -> async<> {
            auto operation = group->start(fails);  // outlives the group
            bool has_failed = false;
            try {
                co_await operation;
            } catch (const std::runtime_error&) {
                has_failed = true;
            }
            EXPECT_TRUE(has_failed);
            co_await go_home.wait();
        };
        patio::task<> outside;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            outside = patio::create_task(outsider, &group);
            co_await patio::sleep(2s);
            EXPECT_EQ(group.size(), 0U);
        });
        go_home.set();
        co_await outside;
    });
}

}  // namespace
