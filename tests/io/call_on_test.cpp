// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/call_on.hpp>

#include <patio/patio.hpp>

#include "support/drivers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

class call_on : public patio::test_support::on_each_driver {
protected:
    static patio::run_options options(std::size_t count = 2) {
        return on_each_driver::options().loops(count);
    }
};
PATIO_TEST_ON_EACH_DRIVER(call_on);

class on_each_loop : public call_on {};
PATIO_TEST_ON_EACH_DRIVER(on_each_loop);

/// What callees tell; it outlives them.
struct marks {
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    std::atomic<int> cleaned = 0;
};

/// Ends with its coroutine, however that ends.
class presence {
public:
    explicit presence(marks* of) noexcept : of_{of} { ++of_->begun; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { ++of_->ended; }

private:
    marks* of_;
};

patio::async<int> add(int a, int b) {
    co_await patio::yield();
    co_return a + b;
}

patio::async<> fail() {
    co_await patio::yield();
    throw std::runtime_error{"over there"};
}

patio::async<> stay(marks* of) {
    const presence here{of};
    co_await patio::sleep(1h);
}

patio::async<> wait_for(const std::atomic<int>& count, int value) {
    while (count < value)
        co_await patio::sleep(50us);
}

// --- results

TEST_P(call_on, gives_the_result) {
    const auto main = []() -> patio::async<> {
        const int sum = co_await patio::call_on(patio::loop_at(1), add, 3, 4);
        EXPECT_EQ(sum, 7);
    };
    patio::run(main(), options());
}

TEST_P(call_on, makes_and_runs_the_coroutine_on_the_other_thread) {
    const auto make = [](std::thread::id* made_on) {
        *made_on = std::this_thread::get_id();
        const auto tell = []() -> patio::async<std::thread::id> {
            co_return std::this_thread::get_id();
        };
        return tell();
    };
    const auto main = [&]() -> patio::async<> {
        std::thread::id made_on;
        const auto ran_on = co_await patio::call_on(patio::loop_at(1), make, &made_on);
        EXPECT_EQ(made_on, ran_on);
        EXPECT_NE(ran_on, std::this_thread::get_id());
    };
    patio::run(main(), options());
}

TEST_P(call_on, moves_arguments_and_results) {
    const auto pass = [](std::unique_ptr<int> p, std::string text) -> patio::async<std::string> {
        co_await patio::yield();
        co_return text + std::to_string(*p);
    };
    const auto wrap = [](int value) -> patio::async<std::unique_ptr<int>> {
        co_return std::make_unique<int>(value);
    };
    const auto main = [&]() -> patio::async<> {
        std::string text = "a text that is too long to be stored in place ";
        const std::string all =
            co_await patio::call_on(patio::loop_at(1), pass, std::make_unique<int>(5), text);
        EXPECT_EQ(all, text + "5");
        const auto made = co_await patio::call_on(patio::loop_at(1), wrap, 6);
        EXPECT_EQ(*made, 6);
    };
    patio::run(main(), options());
}

TEST_P(call_on, keeps_the_arguments_alive_that_are_taken_by_reference) {
    const auto length = [](const std::string& text) -> patio::async<std::size_t> {
        co_await patio::sleep(100us);
        co_return text.size();
    };
    const auto main = [&]() -> patio::async<> {
        const std::size_t count =
            co_await patio::call_on(patio::loop_at(1), length, std::string(1000, 'x'));
        EXPECT_EQ(count, 1000U);
    };
    patio::run(main(), options());
}

TEST_P(call_on, throws_what_the_coroutine_throws) {
    const auto main = []() -> patio::async<> {
        try {
            co_await patio::call_on(patio::loop_at(1), fail);
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "over there");
        }
    };
    patio::run(main(), options());
}

TEST_P(call_on, throws_what_the_function_throws_that_should_make_the_coroutine) {
    const auto refuse = [](int value) {
        if (value == 3) throw std::runtime_error{"not this one"};
        return add(value, value);
    };
    const auto main = [&]() -> patio::async<> {
        const int sum = co_await patio::call_on(patio::loop_at(1), refuse, 2);
        EXPECT_EQ(sum, 4);
        bool has_thrown = false;
        try {
            (void)co_await patio::call_on(patio::loop_at(1), refuse, 3);
        } catch (const std::runtime_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
    };
    patio::run(main(), options());
}

TEST_P(call_on, calls_its_own_loop_as_well) {
    const auto main = []() -> patio::async<> {
        EXPECT_EQ(patio::loop_count(), 1U);
        const int sum = co_await patio::call_on(patio::this_loop_ref(), add, 3, 4);
        EXPECT_EQ(sum, 7);
    };
    patio::run(main(), options(1));
}

TEST_P(call_on, is_something_to_gather_and_to_wait_for_with_a_timeout) {
    const auto main = []() -> patio::async<> {
        const auto [a, b] = co_await patio::gather(patio::call_on(patio::loop_at(1), add, 1, 2),
                                                   patio::call_on(patio::loop_at(0), add, 3, 4));
        EXPECT_EQ(a + b, 10);
        const int sum = co_await patio::timeout(1h, patio::call_on(patio::loop_at(1), add, 5, 6));
        EXPECT_EQ(sum, 11);
    };
    patio::run(main(), options());
}

// --- crossing

patio::async<int> back_and_forth(int depth) {
    if (depth == 0) co_return 0;
    const std::size_t other = 1 - patio::this_loop_index();
    const int below = co_await patio::call_on(patio::loop_at(other), back_and_forth, depth - 1);
    co_return below + 1;
}

TEST_P(call_on, may_be_nested_deeply) {
    const auto main = []() -> patio::async<> {
        const int depth = co_await back_and_forth(300);
        EXPECT_EQ(depth, 300);
    };
    patio::run(main(), options());
}

patio::async<long> call_the_next_often(int calls) {
    const std::size_t next = (patio::this_loop_index() + 1) % patio::loop_count();
    long sum = 0;
    for (int i = 0; i < calls; ++i) {
        const int value = co_await patio::call_on(patio::loop_at(next), add, i, 1);
        sum += value;
    }
    co_return sum;
}

patio::async<long> call_the_next_often_from_tasks(int calls) {
    std::vector<patio::async<long>> callers;
    for (int i = 0; i < 8; ++i)
        callers.push_back(call_the_next_often(calls));
    const std::vector<long> sums = co_await patio::gather(callers);
    long sum = 0;
    for (const long each : sums)
        sum += each;
    co_return sum;
}

TEST_P(call_on, loses_none_of_thousands_of_calls_that_cross) {
    constexpr int calls = 400;
    const auto main = []() -> patio::async<> {
        const auto sums = co_await patio::on_each_loop(call_the_next_often_from_tasks, calls);
        EXPECT_EQ(sums, std::vector<long>(3, 8L * calls * (calls + 1) / 2));
    };
    patio::run(main(), options(3));
}

// --- cancellation

TEST_P(call_on, does_not_call_if_it_is_cancelled_before) {
    marks seen;
    const auto main = [&]() -> patio::async<> {
        const auto cancelled_first = [&]() -> patio::async<> {
            patio::current_task().cancel();
            co_await patio::call_on(patio::loop_at(1), stay, &seen);
        };
        const auto task = patio::create_task(cancelled_first());
        while (!task.done())
            co_await patio::yield();
        EXPECT_TRUE(task.cancelled());
        co_await patio::call_on(patio::loop_at(1), add, 1, 1);
        EXPECT_EQ(seen.begun, 0);
    };
    patio::run(main(), options());
}

TEST_P(call_on, does_not_begin_if_it_is_cancelled_on_the_way) {
    marks seen;
    struct gate {
        std::atomic<int> begun = 0;
        std::atomic<bool> is_open = false;
    } gate;
    const auto block = [](struct gate* until) -> patio::async<> {
        ++until->begun;
        while (!until->is_open)
            std::this_thread::yield();
        co_return;
    };
    const auto main = [&]() -> patio::async<> {
        const auto blocked = patio::create_task(
            patio::detail::adopt(patio::call_on(patio::loop_at(1), block, &gate)));
        co_await wait_for(gate.begun, 1);
        const auto late = patio::create_task(
            patio::detail::adopt(patio::call_on(patio::loop_at(1), stay, &seen)));
        co_await patio::yield();
        co_await patio::yield();
        late.cancel();
        co_await patio::sleep(1ms);
        EXPECT_FALSE(late.done()) << "the other loop still has its request";
        gate.is_open = true;
        co_await blocked;
        while (!late.done())
            co_await patio::sleep(50us);
        EXPECT_TRUE(late.cancelled());
        EXPECT_EQ(seen.begun, 0);
    };
    patio::run(main(), options().watchdog(0s));
}

TEST_P(call_on, cancels_the_coroutine_and_waits_until_its_cleanup_has_ended) {
    marks seen;
    const auto slow_to_go = [](marks* of) -> patio::async<> {
        const presence here{of};
        const auto clean = [of]() -> patio::async<> {
            co_await patio::sleep(3ms);
            ++of->cleaned;
        };
        co_await patio::finally(patio::sleep(1h), clean);
    };
    const auto main = [&]() -> patio::async<> {
        const auto caller = patio::create_task(
            patio::detail::adopt(patio::call_on(patio::loop_at(1), slow_to_go, &seen)));
        co_await wait_for(seen.begun, 1);
        caller.cancel();
        while (!caller.done()) {
            co_await patio::sleep(50us);
            if (!caller.done()) continue;
            EXPECT_EQ(seen.cleaned, 1);
            EXPECT_EQ(seen.ended, 1);
        }
        EXPECT_TRUE(caller.cancelled());
    };
    patio::run(main(), options());
}

TEST_P(call_on, is_cut_by_a_timeout) {
    marks seen;
    const auto main = [&]() -> patio::async<> {
        bool has_expired = false;
        try {
            co_await patio::timeout(2ms, patio::call_on(patio::loop_at(1), stay, &seen));
        } catch (const patio::timed_out&) {
            has_expired = true;
        }
        EXPECT_TRUE(has_expired);
        EXPECT_EQ(seen.begun, seen.ended);
    };
    patio::run(main(), options());
}

TEST_P(call_on, delivers_a_result_that_is_there_although_it_is_cancelled) {
    const auto stubborn = [](marks* of) -> patio::async<int> {
        const presence here{of};
        const auto work = []() -> patio::async<int> {
            co_await patio::sleep(3ms);
            co_return 5;
        };
        const int value = co_await patio::shield(work());
        co_return value;
    };
    marks seen;
    std::optional<int> got;
    const auto main = [&]() -> patio::async<> {
        const auto call = [&]() -> patio::async<> {
            got = co_await patio::call_on(patio::loop_at(1), stubborn, &seen);
            co_await patio::sleep(1h);
        };
        const auto caller = patio::create_task(call());
        co_await wait_for(seen.begun, 1);
        caller.cancel();
        while (!caller.done())
            co_await patio::sleep(50us);
        EXPECT_TRUE(caller.cancelled());
        EXPECT_EQ(got, 5);
    };
    patio::run(main(), options());
}

TEST_P(call_on, survives_cancels_at_any_time) {
    marks seen;
    const auto brief = [](marks* of) -> patio::async<> {
        const presence here{of};
        co_await patio::yield();
        co_await patio::yield();
    };
    const auto main = [&]() -> patio::async<> {
        for (int round = 0; round < 600; ++round) {
            const auto caller = patio::create_task(
                patio::detail::adopt(patio::call_on(patio::loop_at(1), brief, &seen)));
            for (int turn = 0; turn < round % 60; ++turn)
                co_await patio::yield();
            caller.cancel();
            while (!caller.done())
                co_await patio::yield();
            EXPECT_EQ(seen.begun, seen.ended) << "the caller went on while the callee was there";
        }
    };
    patio::run(main(), options());
}

TEST_P(call_on, arrives_as_an_exception_in_a_throwing_scope) {
    marks seen;
    bool was_caught = false;
    const auto main = [&]() -> patio::async<> {
        const auto body = [&]() -> patio::async<> {
            try {
                co_await patio::call_on(patio::loop_at(1), stay, &seen);
            } catch (const patio::cancelled&) {
                was_caught = true;
                EXPECT_EQ(seen.ended, 1);
                throw;
            }
        };
        const auto throwing = [&]() -> patio::async<> { co_await patio::throwing_scope(body()); };
        const auto caller = patio::create_task(throwing());
        co_await wait_for(seen.begun, 1);
        caller.cancel();
        while (!caller.done())
            co_await patio::sleep(50us);
    };
    patio::run(main(), options());
    EXPECT_TRUE(was_caught);
}

// --- on_each_loop

TEST_P(on_each_loop, runs_on_all_and_gives_the_results_in_order) {
    const auto number = [](int factor) -> patio::async<int> {
        co_await patio::yield();
        co_return factor* static_cast<int>(patio::this_loop_index());
    };
    const auto main = [&]() -> patio::async<> {
        const std::vector<int> all = co_await patio::on_each_loop(number, 10);
        EXPECT_EQ(all, (std::vector<int>{0, 10, 20, 30}));
    };
    patio::run(main(), options(4));
}

TEST_P(on_each_loop, runs_at_the_same_time) {
    const auto meet = [](std::atomic<int>* present) -> patio::async<> {
        ++*present;
        co_await wait_for(*present, static_cast<int>(patio::loop_count()));
    };
    std::atomic<int> present = 0;
    const auto main = [&]() -> patio::async<> { co_await patio::on_each_loop(meet, &present); };
    patio::run(main(), options(4));
    EXPECT_EQ(present, 4);
}

TEST_P(on_each_loop, is_a_plain_call_with_one_loop) {
    const auto main = []() -> patio::async<> {
        const std::vector<int> all = co_await patio::on_each_loop(add, 1, 2);
        EXPECT_EQ(all, std::vector<int>{3});
    };
    patio::run(main(), options(1));
}

TEST_P(on_each_loop, cancels_the_others_if_one_fails) {
    marks seen;
    const auto fail_on_one = [](marks* of) -> patio::async<> {
        if (patio::this_loop_index() != 2) co_await stay(of);
        co_await wait_for(of->begun, 3);
        throw std::runtime_error{"on loop 2"};
    };
    const auto main = [&]() -> patio::async<> {
        std::string text;
        try {
            co_await patio::on_each_loop(fail_on_one, &seen);
        } catch (const std::runtime_error& error) {
            text = error.what();
        }
        EXPECT_EQ(text, "on loop 2");
        EXPECT_EQ(seen.ended, 3) << "it came back before the others had ended";
    };
    patio::run(main(), options(4));
}

TEST_P(on_each_loop, is_cancelled_on_all) {
    marks seen;
    const auto main = [&]() -> patio::async<> {
        const auto everywhere = patio::create_task(patio::on_each_loop(stay, &seen));
        co_await wait_for(seen.begun, 3);
        everywhere.cancel();
        while (!everywhere.done())
            co_await patio::sleep(50us);
        EXPECT_TRUE(everywhere.cancelled());
        EXPECT_EQ(seen.ended, 3);
    };
    patio::run(main(), options(3));
}

}  // namespace
