// SPDX-License-Identifier: MIT

// Cases of CPython's test_tasks about `wait` and `as_completed`, by their names there.
//
// `wait` watches tasks and leaves them alone. Here every combinator does so when it is given task
// handles instead of coroutines: what it cancels are the joins, and the handles say afterwards who
// has ended. `gather_settled` waits for all, `race` for the first, `gather` for the first failure,
// a timeout around one of them limits the wait. The comment says what Patio does otherwise, if it
// does.

#include <patio/core/as_completed.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::task;
using patio::time_point;

async<> nap(duration length) { co_await patio::sleep(length); }

async<std::string> tell(duration length, std::string text) {
    co_await patio::sleep(length);
    co_return text;
}

async<> fail_after(duration length) {
    co_await patio::sleep(length);
    throw std::domain_error{"division by zero"};
}

// --- wait for all

TEST(base_task_tests, test_wait) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(100ms));
        const auto b = patio::create_task(nap(150ms));
        const auto waits = [&]() -> async<int> {
            const auto [of_b, of_a] = co_await patio::gather_settled(b, a);
            EXPECT_TRUE(of_b.has_value() && of_a.has_value());
            EXPECT_TRUE(a.done() && b.done());
            co_return 42;
        };
        const int first = co_await patio::create_task(waits);
        EXPECT_EQ(first, 42);
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
        const int second = co_await patio::create_task(waits);
        EXPECT_EQ(second, 42);
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
    });
}

// Patio: a list may name a task twice, and has an outcome for each place. It still runs once.
TEST(base_task_tests, test_wait_duplicate_coroutines) {
    patio::testing::run([]() -> async<> {
        int runs = 0;
        const auto gives = [&](std::string text) -> async<std::string> {
            ++runs;
            co_return text;
        };
        const auto test = patio::create_task(gives, std::string{"test"});
        const auto spam = patio::create_task(gives, std::string{"spam"});
        const auto [first, again, other] = co_await patio::gather_settled(test, test, spam);
        EXPECT_EQ(first.value(), "test");
        EXPECT_EQ(again.value(), "test");
        EXPECT_EQ(other.value(), "spam");
        EXPECT_EQ(runs, 2);
    });
}

TEST(base_task_tests, test_wait_with_exception) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(100ms));
        const auto b = patio::create_task(fail_after(150ms));
        const auto waits = [&]() -> async<> {
            const auto [of_b, of_a] = co_await patio::gather_settled(b, a);
            EXPECT_TRUE(of_a.has_value());
            EXPECT_FALSE(of_b.has_value());
            EXPECT_FALSE(of_b.is_cancelled());
            EXPECT_THROW(of_b.value(), std::domain_error);
            EXPECT_TRUE(a.done() && b.done());
        };
        co_await waits();
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
        co_await waits();
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
    });
}

// --- wait for the first

TEST(base_task_tests, test_wait_first_completed) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(10s));
        const auto b = patio::create_task(nap(100ms));
        const auto first = co_await patio::race(b, a);
        EXPECT_EQ(first.index(), 0U);
        EXPECT_TRUE(b.done());
        EXPECT_FALSE(a.done());
        EXPECT_FALSE(a.cancelling()) << "only its join has been cancelled";
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
        co_await a;
        EXPECT_EQ(patio::now(), time_point{} + 10s);
    });
}

// One of them wins; that the other has ended meanwhile too, its handle knows.
TEST(base_task_tests, test_wait_really_done) {
    patio::testing::run([]() -> async<> {
        const auto once = []() -> async<> { co_await patio::yield(); };
        const auto twice = []() -> async<> {
            co_await patio::yield();
            co_await patio::yield();
        };
        const auto a = patio::create_task(once);
        const auto b = patio::create_task(twice);
        const auto first = co_await patio::race(b, a);
        EXPECT_EQ(first.index(), 1U);
        EXPECT_TRUE(a.done() && b.done());
        EXPECT_FALSE(a.cancelled() || b.cancelled());
    });
}

/// Waits for both until one fails; the failure's text.
async<std::string> first_failure(const task<>& one, const task<>& other) {
    try {
        co_await patio::gather(one, other);
    } catch (const std::domain_error& error) {
        co_return error.what();
    }
    co_return "no failure";
}

TEST(base_task_tests, test_wait_first_exception) {
    patio::testing::run([]() -> async<> {
        const auto fails = []() -> async<> {
            throw std::domain_error{"err"};
            co_return;
        };
        const auto a = patio::create_task(nap(10s));
        const auto b = patio::create_task(fails);
        const std::string seen = co_await first_failure(b, a);
        EXPECT_EQ(seen, "err");
        EXPECT_TRUE(b.done());
        EXPECT_FALSE(a.done() || a.cancelling());
        EXPECT_EQ(patio::now(), time_point{});
        co_await a;
        EXPECT_EQ(patio::now(), time_point{} + 10s);
    });
}

TEST(base_task_tests, test_wait_first_exception_in_wait) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(10s));
        const auto b = patio::create_task(fail_after(10ms));
        const std::string seen = co_await first_failure(b, a);
        EXPECT_EQ(seen, "division by zero");
        EXPECT_TRUE(b.done());
        EXPECT_FALSE(a.done() || a.cancelling());
        EXPECT_EQ(patio::now(), time_point{} + 10ms);
        co_await a;
        EXPECT_EQ(patio::now(), time_point{} + 10s);
    });
}

// --- wait for so long

TEST(base_task_tests, test_wait_with_timeout) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(100ms));
        const auto b = patio::create_task(nap(150ms));
        const auto all = co_await patio::move_on_after(110ms, patio::gather_settled(b, a));
        EXPECT_FALSE(all.has_value());
        EXPECT_TRUE(a.done());
        EXPECT_FALSE(b.done() || b.cancelling());
        EXPECT_EQ(patio::now(), time_point{} + 110ms);
        co_await b;
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
    });
}

// The wait ends when the first task does.
TEST(base_task_tests, test_wait_concurrent_complete) {
    patio::testing::run([]() -> async<> {
        const auto a = patio::create_task(nap(100ms));
        const auto b = patio::create_task(nap(150ms));
        const auto all = co_await patio::move_on_after(100ms, patio::gather_settled(b, a));
        EXPECT_FALSE(all.has_value());
        EXPECT_TRUE(a.done());
        EXPECT_FALSE(b.done() || b.cancelling());
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
        co_await b;
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
    });
}

// Patio: what cannot be waited for does not compile, and waiting for all of nothing is no mistake.
// Waiting for the first of nothing is.
TEST(base_task_tests, test_wait_invalid_args) {
    static_assert(patio::awaitable<const task<>&>);
    static_assert(!patio::awaitable<int> && !patio::awaitable<std::vector<task<>>>);
    patio::testing::run([]() -> async<> {
        std::vector<task<>> none;
        const auto all = co_await patio::gather_settled(none);
        EXPECT_TRUE(all.empty());
        std::string seen;
        try {
            co_await patio::race(none);
        } catch (const patio::usage_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "race() of nothing has no winner");
    });
}

// --- as_completed

/// Waits for `joined` and gives its handle, to tell which of several it is.
async<task<int>> handle_of(task<int> joined) {
    co_await joined;
    co_return joined;
}

// Patio: results come out, not tasks. Whoever wants the tasks waits for their ends.
TEST(base_task_tests, test_as_completed_same_tasks_in_as_out) {
    patio::testing::run([]() -> async<> {
        const auto gives = [](int value) -> async<int> {
            co_await patio::sleep(1s * (10 - value));
            co_return value;
        };
        std::vector<task<int>> in;
        std::vector<async<task<int>>> ends;
        for (int i = 0; i < 4; ++i) {
            in.push_back(patio::create_task(gives, i));
            ends.push_back(handle_of(in.back()));
        }
        std::vector<task<int>> out;
        auto as_they_end = patio::as_completed(ends);
        while (const auto ended = co_await as_they_end.next()) {
            EXPECT_TRUE(ended->done());
            out.push_back(*ended);
        }
        std::reverse(in.begin(), in.end());  // the last one is the first to end
        EXPECT_EQ(out, in);

        std::string values;
        auto results = patio::as_completed(std::vector<task<int>>{in});
        while (const auto result = co_await results.next())
            values += std::to_string(*result);
        EXPECT_EQ(values, "3210");
    });
}

// Patio: the timeout stands around the loop. It ends the wait and, as these are joins, no task.
TEST(base_task_tests, test_as_completed_with_timeout) {
    patio::testing::run([]() -> async<> {
        std::string log;
        const auto a = patio::create_task(tell(100ms, "a"));
        const auto b = patio::create_task(tell(150ms, "b"));
        const auto takes_all = [&]() -> async<> {
            std::vector<task<std::string>> both;
            both.push_back(a);
            both.push_back(b);
            auto results = patio::as_completed(both);
            while (const auto result = co_await results.next())
                log += *result;
        };
        try {
            co_await patio::timeout(120ms, takes_all());
        } catch (const patio::timed_out&) {
            log += '!';
        }
        EXPECT_EQ(log, "a!");
        EXPECT_EQ(patio::now(), time_point{} + 120ms);
        EXPECT_FALSE(b.done() || b.cancelling());
        const std::string& late = co_await b;
        EXPECT_EQ(late, "b");
        EXPECT_EQ(patio::now(), time_point{} + 150ms);
    });
}

/// Ends after 50 ms with "a" and after `second` with "b".
std::vector<async<std::string>> two(duration second) {
    std::vector<async<std::string>> operations;
    operations.push_back(tell(second, "b"));
    operations.push_back(tell(50ms, "a"));
    return operations;
}

// Who is awaited first gets the first result, in whichever order they were made.
TEST(base_task_tests, test_as_completed_reverse_wait) {
    patio::testing::run([]() -> async<> {
        auto results = patio::as_completed(two(100ms));
        auto made_first = results.next();
        auto made_second = results.next();
        EXPECT_EQ(results.remaining(), 2U);
        const auto x = co_await std::move(made_second);
        EXPECT_EQ(x, "a");
        EXPECT_EQ(patio::now(), time_point{} + 50ms);
        const auto y = co_await std::move(made_first);
        EXPECT_EQ(y, "b");
        EXPECT_EQ(patio::now(), time_point{} + 100ms);
    });
}

TEST(base_task_tests, test_as_completed_concurrent) {
    patio::testing::run([]() -> async<> {
        auto results = patio::as_completed(two(50ms));
        const auto [one, other] = co_await patio::gather(results.next(), results.next());
        EXPECT_EQ(one.value_or("none") + other.value_or("none"), "ba") << "in the order given";
        EXPECT_EQ(results.remaining(), 0U);
        EXPECT_EQ(patio::now(), time_point{} + 50ms);
        const auto end = co_await results.next();
        EXPECT_FALSE(end.has_value());
    });
}

}  // namespace
