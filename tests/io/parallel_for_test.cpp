// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/parallel_for.hpp>

#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

class parallel_for : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(parallel_for);

patio::thread_pool_options threads(std::size_t count) {
    return patio::thread_pool_options{}.threads_max(count);
}

patio::async<> wait_until(const std::atomic<int>& number, int least) {
    while (number < least)
        co_await patio::sleep(20us);
}

TEST_P(parallel_for, calls_the_function_once_for_each_number) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(3)};
        for (const std::size_t count : {0U, 1U, 2U, 23U, 24U, 25U, 1000U}) {
            std::vector<int> calls(count);
            co_await patio::parallel_for(pool, 0, count, [&](std::size_t i) { ++calls[i]; });
            EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), std::ptrdiff_t(count));
        }
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, takes_iterators) {
    const auto main = []() -> patio::async<> {
        std::vector<int> numbers{1, 2, 3, 4, 5};
        co_await patio::parallel_for(numbers.begin(), numbers.end(), [](int& n) { n *= 2; });
        EXPECT_EQ(numbers, (std::vector<int>{2, 4, 6, 8, 10}));
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, takes_ranges_of_any_integers) {
    const auto main = []() -> patio::async<> {
        std::mutex lock;
        std::multiset<std::int64_t> seen;
        const auto note = [&](std::int64_t n) {
            const std::lock_guard guard{lock};
            seen.insert(n);
        };
        co_await patio::parallel_for(-3, 2, note);
        EXPECT_EQ(seen, (std::multiset<std::int64_t>{-3, -2, -1, 0, 1}));
        seen.clear();
        constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
        co_await patio::parallel_for(least, least + 2, note);
        EXPECT_EQ(seen, (std::multiset<std::int64_t>{least, least + 1}));
        seen.clear();
        co_await patio::parallel_for(2, -3, note);
        EXPECT_TRUE(seen.empty()) << "backwards is nothing";
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, runs_on_as_many_threads_as_the_pool_may_have) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(3)};
        std::atomic<int> inside = 0;
        // Each call waits for two others: fewer threads would never end.
        const auto meet = [&](int) {
            ++inside;
            while (inside < 3)
                std::this_thread::yield();
        };
        co_await patio::parallel_for(pool, 0, 3, meet);
        EXPECT_EQ(pool.thread_count(), 3U);
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, cuts_pieces_of_the_size_that_was_asked_for) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(8)};
        std::mutex lock;
        std::set<std::thread::id> used;
        const auto note = [&](int) {
            const std::lock_guard guard{lock};
            used.insert(std::this_thread::get_id());
        };
        const auto one_piece = patio::parallel_options{}.chunk_items(100);
        co_await patio::parallel_for(pool, 0, 100, note, one_piece);
        EXPECT_EQ(used.size(), 1U);
        EXPECT_EQ(pool.thread_count(), 1U) << "there was nothing for another one";
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, throws_the_first_exception_when_all_calls_have_ended) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(2)};
        std::atomic<int> inside = 0;
        std::atomic<int> begun = 0;
        std::atomic<bool> has_thrown = false;
        const auto work = [&](int i) {
            ++begun;
            ++inside;
            while (begun < 2)
                std::this_thread::yield();
            if (i == 0) {
                has_thrown = true;
                --inside;
                throw std::runtime_error{"no"};
            }
            while (!has_thrown)
                std::this_thread::yield();
            std::this_thread::sleep_for(5ms);
            --inside;
        };
        const auto single = patio::parallel_options{}.chunk_items(1);
        try {
            co_await patio::parallel_for(pool, 0, 1000, work, single);
            ADD_FAILURE() << "no exception";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "no");
        }
        EXPECT_EQ(inside, 0);
        EXPECT_LE(begun, 3) << "no piece was begun any more";
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, stops_between_pieces_when_it_is_cancelled) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(2)};
        std::atomic<int> begun = 0;
        std::atomic<int> ended = 0;
        std::atomic<bool> may_go_on = false;
        const auto work = [&](int) {
            ++begun;
            while (!may_go_on)
                std::this_thread::yield();
            ++ended;
        };
        const auto single = patio::parallel_options{}.chunk_items(1);
        const auto loop = [&]() -> patio::async<> {
            co_await patio::parallel_for(pool, 0, 1000, work, single);
        };
        auto task = patio::create_task(loop());
        co_await wait_until(begun, 2);
        task.cancel();
        for (int i = 0; i < 3; ++i)
            co_await patio::sleep(10us);
        EXPECT_FALSE(task.done()) << "two calls still run";
        may_go_on = true;
        co_await patio::gather_settled(task);
        EXPECT_TRUE(task.cancelled());
        EXPECT_EQ(begun, 2);
        EXPECT_EQ(ended, 2);
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, begins_nothing_in_a_task_that_is_cancelled_already) {
    const auto main = []() -> patio::async<> {
        std::atomic<int> calls = 0;
        const auto late = [&]() -> patio::async<> {
            patio::current_task().cancel();
            co_await patio::parallel_for(0, 10, [&](int) { ++calls; });
        };
        auto task = patio::create_task(late());
        co_await patio::gather_settled(task);
        EXPECT_TRUE(task.cancelled());
        EXPECT_EQ(calls, 0);
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, fails_when_the_pool_is_full) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(1).waiting_max(0)};
        std::atomic<int> begun = 0;
        std::atomic<bool> may_go_on = false;
        const auto block = [&] {
            ++begun;
            while (!may_go_on)
                std::this_thread::yield();
        };
        const auto run_block = [&]() -> patio::async<> { co_await pool.run(block); };
        auto running = patio::create_task(run_block());
        co_await wait_until(begun, 1);
        try {
            co_await patio::parallel_for(pool, 0, 10, [](int) {});
            ADD_FAILURE() << "it was taken";
        } catch (const patio::thread_pool_full&) {  // the expected way
        }
        may_go_on = true;
        co_await running;
    };
    patio::run(main(), options());
}

TEST_P(parallel_for, lets_the_loop_go_on) {
    const auto main = []() -> patio::async<> {
        std::atomic<int> begun = 0;
        std::atomic<bool> may_go_on = false;
        const auto wait = [&](int) {
            ++begun;
            while (!may_go_on)
                std::this_thread::yield();
        };
        const auto open = [&]() -> patio::async<> {
            co_await wait_until(begun, 1);
            may_go_on = true;
        };
        co_await patio::gather(patio::parallel_for(0, 4, wait), open());
        EXPECT_EQ(begun, 4);
    };
    patio::run(main(), options());
}

class parallel_reduce : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(parallel_reduce);

TEST_P(parallel_reduce, combines_all_items) {
    const auto main = []() -> patio::async<> {
        const auto square = [](long n) { return n * n; };
        const long sum = co_await patio::parallel_reduce(1, 101, 0L, square, std::plus<>{});
        EXPECT_EQ(sum, 338'350);
        const long nothing = co_await patio::parallel_reduce(1, 1, 5L, square, std::plus<>{});
        EXPECT_EQ(nothing, 5);
    };
    patio::run(main(), options());
}

TEST_P(parallel_reduce, keeps_the_order_of_the_range) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{threads(4)};
        std::string letters;
        for (int i = 0; i < 500; ++i)
            letters += static_cast<char>('a' + i % 26);
        const auto text = [](char letter) { return std::string(1, letter); };
        const std::string begin = ">";
        const std::string all = co_await patio::parallel_reduce(
            pool, letters.begin(), letters.end(), begin, text, std::plus<>{});
        EXPECT_EQ(all, ">" + letters);
    };
    patio::run(main(), options());
}

TEST_P(parallel_reduce, throws_what_the_function_throws) {
    const auto main = []() -> patio::async<> {
        const auto fail = [](int i) -> int {
            if (i == 7) throw std::out_of_range{"seven"};
            return i;
        };
        try {
            static_cast<void>(co_await patio::parallel_reduce(0, 10, 0, fail, std::plus<>{}));
            ADD_FAILURE() << "no exception";
        } catch (const std::out_of_range& error) {
            EXPECT_STREQ(error.what(), "seven");
        }
    };
    patio::run(main(), options());
}

}  // namespace
