// SPDX-License-Identifier: MIT

#include <patio/core/loop.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>
#include <patio/testing/virtual_time.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pthread.h>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::create_task;
using patio::time_point;
using patio::testing::virtual_time;
using test::leaving;
using test::nap;
using test::trace;

// --- running a main

TEST(loop, runs_a_main_and_gives_its_value) {
    virtual_time time;
    patio::loop loop{time, time};
    const int value = loop.run(test::value_after(1s, 5));
    EXPECT_EQ(value, 5);
    EXPECT_EQ(loop.task_count(), 0U);
}

TEST(loop, throws_what_main_throws) {
    virtual_time time;
    patio::loop loop{time, time};
    EXPECT_THROW(loop.run(test::failure_after(1s)), std::runtime_error);
}

TEST(loop, throws_task_cancelled_if_main_was_cancelled) {
    virtual_time time;
    patio::loop loop{time, time};
    auto main = []() -> async<> {
        patio::current_task().cancel("enough");
        co_await patio::yield();
    };
    std::string reason;
    try {
        loop.run(main());
    } catch (const patio::task_cancelled& error) {
        reason = error.reason();
    }
    EXPECT_EQ(reason, "enough");
}

TEST(loop, cancels_and_joins_what_is_left_when_main_has_ended) {
    trace say;
    virtual_time time;
    patio::loop loop{time, time};
    auto cleanup = [&]() -> async<> { co_await nap(say, "cleanup", 3s); };  // outlives main
    auto slow = [&]() -> async<> { co_await patio::finally(nap(say, "left", 10s), cleanup); };
    auto main = [&]() -> async<> {
        create_task(slow);
        co_await patio::sleep(1s);
        say("main");
    };
    loop.run(main());
    EXPECT_EQ(say, "main left woke cleanup");
    EXPECT_EQ(time.now(), time_point{} + 4s);
}

TEST(loop, may_run_another_main_although_the_first_left_tasks_behind) {
    trace say;
    virtual_time time;
    patio::loop loop{time, time};
    auto main = [&]() -> async<> {
        create_task(nap(say, "left", 10s));
        co_await patio::sleep(1s);
        say("main");
    };
    loop.run(main());
    loop.run(main());
    EXPECT_EQ(say, "main left main left");
}

TEST(loop, refuses_to_run_inside_a_loop) {
    patio::testing::run([]() -> async<> {
        virtual_time time;
        patio::loop inner{time, time};
        EXPECT_THROW(inner.run(test::value_at_once(1)), patio::usage_error);
        co_return;
    });
}

TEST(loop, is_found_from_inside) {
    virtual_time time;
    patio::loop loop{time, time};
    auto main = [&]() -> async<> {
        EXPECT_EQ(&patio::this_thread_loop(), &loop);
        EXPECT_EQ(&loop.driven_by(), &time);
        EXPECT_EQ(loop.task_count(), 1U);
        co_return;
    };
    loop.run(main());
}

// --- turns

TEST(loop, runs_in_a_turn_what_was_ready_before_it) {
    std::vector<std::uint64_t> turns;
    patio::testing::run([&]() -> async<> {
        auto child = [&](auto& self, int depth) -> async<> {
            turns.push_back(patio::testing::turn());
            if (depth > 0) create_task(self(self, depth - 1));
            co_return;
        };
        turns.push_back(patio::testing::turn());
        create_task(child(child, 2));
        co_await patio::sleep(1s);
    });
    ASSERT_EQ(turns.size(), 4U);
    for (std::size_t i = 1; i < turns.size(); ++i)
        EXPECT_EQ(turns[i], turns[0] + i);
}

TEST(loop, runs_equal_tasks_first_in_first_out) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto child = [&](std::string name) -> async<> {
            say(name);
            co_await patio::yield();
            say(name);
        };
        for (const char* name : {"a", "b", "c"})
            create_task(child, name);
        co_await patio::sleep(1s);
    });
    EXPECT_EQ(say, "a b c a b c");
}

TEST(loop, shuffles_each_batch_in_an_order_that_the_seed_reproduces) {
    auto order_for = [](std::uint64_t seed) {
        std::string order;
        patio::testing::run_options options;
        options.shuffle(seed);
        patio::testing::run(
            [&]() -> async<> {
                auto child = [&](char name) -> async<> {
                    order += name;
                    co_return;
                };
                for (char name = 'a'; name <= 'h'; ++name)
                    create_task(child, name);
                co_await patio::sleep(1s);
            },
            options);
        return order;
    };
    std::set<std::string> orders;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const std::string order = order_for(seed);
        EXPECT_EQ(order, order_for(seed));
        EXPECT_EQ(std::set<char>(order.begin(), order.end()).size(), 8U) << order;
        orders.insert(order);
    }
    EXPECT_GT(orders.size(), 40U);
    EXPECT_EQ(order_for(0), "abcdefgh");
}

TEST(loop, fires_every_deadline_at_its_own_time) {
    std::vector<time_point> times;
    patio::testing::run([&]() -> async<> {
        auto sleeper = [&](patio::duration length) -> async<> {
            co_await patio::sleep(length);
            times.push_back(patio::now());
        };
        for (const int ms : {5, 1, 3})
            create_task(sleeper, patio::duration{1ms * ms});
        co_await patio::sleep(1s);
    });
    ASSERT_EQ(times.size(), 3U);
    EXPECT_EQ(times[0], time_point{} + 1ms);
    EXPECT_EQ(times[1], time_point{} + 3ms);
    EXPECT_EQ(times[2], time_point{} + 5ms);
}

TEST(loop, keeps_its_deadlines_while_tasks_are_always_ready) {
    patio::testing::test_loop loop;
    bool is_over = false;
    auto spin = [&]() -> async<> {
        while (!is_over)
            co_await patio::yield();
    };
    auto limit = [&]() -> async<> {
        co_await patio::move_on_after(0s, patio::sleep(10s));
        is_over = true;
    };
    const auto spinning = loop.spawn(spin());
    const auto limited = loop.spawn(limit());
    for (int i = 0; i < 200 && !spinning.done(); ++i)
        loop.turn();
    EXPECT_TRUE(limited.done());
    EXPECT_TRUE(spinning.done());
}

// --- posts

struct counting_callback : patio::detail::callback_node {
    explicit counting_callback(trace& t) : say{t} {
        call = [](patio::detail::callback_node& self) {
            static_cast<counting_callback&>(self).say("called");
        };
        drop = [](patio::detail::callback_node& self) noexcept {
            static_cast<counting_callback&>(self).say("dropped");
        };
    }
    trace& say;
};

TEST(loop, calls_what_is_posted_in_order_and_reports_what_it_throws) {
    trace say;
    std::vector<patio::testing::kept_report> reports;
    counting_callback first{say};
    counting_callback failing{say};
    failing.call = [](patio::detail::callback_node&) { throw std::runtime_error{"in a callback"}; };
    counting_callback last{say};
    patio::testing::run(
        [&]() -> async<> {
            patio::loop& loop = patio::this_thread_loop();
            EXPECT_TRUE(loop.post(first));
            EXPECT_TRUE(loop.post(failing));
            EXPECT_TRUE(loop.post(last));
            say("posted");
            co_await patio::sleep(1s);
        },
        test::keeping(reports));
    EXPECT_EQ(say, "posted called called");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_callback);
    EXPECT_EQ(reports[0].text, "in a callback");
}

TEST(loop, drops_what_was_posted_and_not_called_when_it_is_destroyed) {
    trace say;
    counting_callback callback{say};
    {
        virtual_time time;
        patio::loop loop{time, time};
        EXPECT_TRUE(loop.post(callback));
    }
    EXPECT_EQ(say, "dropped");
}

// --- nothing can happen any more

TEST(loop, throws_deadlock_and_reports_it_when_nothing_can_wake_a_task) {
    trace say;
    std::vector<patio::testing::kept_report> reports;
    auto main = [&]() -> async<> {
        const leaving end{say, "unwound"};
        test::mailbox letters;
        const auto letter = co_await letters.get();
    };
    std::string text;
    try {
        patio::testing::run(main, test::keeping(reports));
    } catch (const patio::deadlock& error) {
        text = error.what();
    }
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::deadlock);
    EXPECT_EQ(reports[0].text, text);
    EXPECT_EQ(say, "unwound");
}

TEST(loop, finds_no_deadlock_while_a_deadline_is_left) {
    patio::testing::run([]() -> async<> {
        test::mailbox letters;
        auto wait = [&]() -> async<> { const auto letter = co_await letters.get(); };
        const bool has_ended = co_await patio::move_on_after(1h, wait());
        EXPECT_FALSE(has_ended);
    });
}

TEST(loop, unwinds_even_shielded_tasks_after_a_deadlock) {
    trace say;
    std::vector<patio::testing::kept_report> reports;
    auto main = [&]() -> async<> {
        const leaving end{say, "unwound"};
        test::mailbox letters;
        auto wait = [&]() -> async<> {
            const leaving inner{say, "inner"};
            const auto letter = co_await letters.get();
        };
        auto deeper = [&]() -> async<> {
            auto both = patio::gather(wait(), patio::shield(wait()));
            co_await patio::shield(std::move(both));
        };
        co_await patio::shield(deeper());
    };
    EXPECT_THROW(patio::testing::run(main, test::keeping(reports)), patio::deadlock);
    EXPECT_EQ(say, "inner inner unwound");
}

async<> shield_below(int depth, trace& say) {
    if (depth > 0) {
        co_await patio::gather(shield_below(depth - 1, say));
    } else {
        test::mailbox letters;
        auto wait = [&]() -> async<> {
            const leaving end{say, "unwound"};
            const auto letter = co_await letters.get();
        };
        co_await patio::shield(wait());
    }
}

/// Calls `body` on a thread that has room for some thousand calls at once, not for ten thousand.
void call_on_small_stack(void (*body)()) {
    constexpr std::size_t stack_bytes = 256 * 1024;
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_t thread{};
    const auto call = [](void* wanted) -> void* {
        reinterpret_cast<void (*)()>(wanted)();
        return nullptr;
    };
    ASSERT_EQ(::pthread_create(&thread, &attributes, call, reinterpret_cast<void*>(body)), 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
}

TEST(loop, breaks_a_shield_at_the_bottom_of_a_deep_tree_without_recursion) {
    call_on_small_stack([] {
        trace say;
        patio::testing::test_loop loop;
        loop.get().set_debug(false);  // it walks to the root at each wake-up
        const auto top = loop.spawn(shield_below(12'000, say));
        loop.run_until_idle();
        EXPECT_EQ(loop.task_count(), 12'001U);
        loop.finish();
        EXPECT_EQ(say, "unwound");
        EXPECT_EQ(loop.task_count(), 0U);
    });
}

// --- the end

TEST(loop, lets_a_task_that_is_started_at_the_end_run_to_its_first_suspension) {
    trace say;
    patio::testing::run([&]() -> async<> {
        struct late {
            trace& say;
            explicit late(trace& t) : say{t} {}
            late(const late&) = delete;
            late& operator=(const late&) = delete;
            ~late() {
                auto last = [](trace& words) -> async<> {
                    const leaving end{words, "unwound"};
                    words("started");
                    co_await patio::sleep(1s);
                    words("not this");
                };
                create_task(last(say));
            }
        };
        auto work = [&]() -> async<> {
            const late last{say};
            co_await patio::sleep(10s);
        };
        create_task(work());
        co_await patio::sleep(1s);
    });
    EXPECT_EQ(say, "started unwound");
}

/// Starts a task when it dies, as a parameter of a main that has ended.
class last_words {
public:
    explicit last_words(trace& say) : say_{&say} {}
    last_words(last_words&& other) noexcept : say_{std::exchange(other.say_, nullptr)} {}
    last_words& operator=(last_words&&) = delete;
    ~last_words() {
        if (say_ != nullptr) create_task(speak(*say_));
    }

private:
    static async<> speak(trace& say) {
        const leaving end{say, "unwound"};
        say("started");
        co_await patio::sleep(1s);
        say("not this");
    }

    trace* say_;
};

TEST(loop, joins_the_tasks_that_the_end_of_mains_parameters_starts) {
    trace say;
    virtual_time time;
    patio::loop loop{time, time};
    const auto main = [](last_words) -> async<int> {
        co_await patio::sleep(1s);
        co_return 3;
    };
    EXPECT_EQ(loop.run(main(last_words{say})), 3);
    EXPECT_EQ(say, "started unwound");
    EXPECT_EQ(loop.task_count(), 0U);
    const auto fail = [](last_words) -> async<int> {
        co_await patio::sleep(1s);
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(loop.run(fail(last_words{say})), std::runtime_error);
    EXPECT_EQ(say, "started unwound started unwound");
    EXPECT_EQ(loop.task_count(), 0U);
}

TEST(loop, takes_no_task_while_it_does_not_run) {
    virtual_time time;
    patio::loop loop{time, time};
    EXPECT_THROW(create_task(test::value_at_once(1)), patio::usage_error);
}

}  // namespace
