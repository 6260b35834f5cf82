// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/thread_pool.hpp>

#include <patio/testing/run.hpp>

#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

int add(int a, int b) { return a + b; }

/// A function that runs until it is let go, and tells that it has begun.
class gate {
public:
    void pass() {
        has_begun_.set_value();
        opened_.get_future().wait();
    }
    void wait_until_begun() { has_begun_.get_future().wait(); }
    void open() { opened_.set_value(); }

private:
    std::promise<void> has_begun_;
    std::promise<void> opened_;
};

patio::async<> wait_until(const std::atomic<bool>& flag) {
    while (!flag)
        co_await patio::sleep(20us);
}

class thread_pool : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(thread_pool);

TEST_P(thread_pool, gives_the_result_of_a_function_on_another_thread) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        const int sum = co_await pool.run(add, 3, 4);
        EXPECT_EQ(sum, 7);
        const auto id = co_await pool.run(&std::this_thread::get_id);
        EXPECT_NE(id, std::this_thread::get_id());
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, moves_arguments_and_results) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        const auto pass = [](std::unique_ptr<int> p) { return p; };
        auto number = std::make_unique<int>(5);
        const int* address = number.get();
        number = co_await pool.run(pass, std::move(number));
        EXPECT_EQ(number.get(), address);
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, gives_references_and_nothing) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        int target = 1;
        const auto refer = [&]() -> int& { return target; };
        int& reference = co_await pool.run(refer);
        EXPECT_EQ(&reference, &target);
        const auto change = [&] { target = 2; };
        co_await pool.run(change);
        EXPECT_EQ(target, 2);
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, throws_what_the_function_throws) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        const auto fail = []() -> int { throw std::out_of_range{"far"}; };
        try {
            co_await pool.run(fail);
            ADD_FAILURE() << "no exception";
        } catch (const std::out_of_range& error) {
            EXPECT_STREQ(error.what(), "far");
        }
        const int sum = co_await pool.run(add, 1, 2);
        EXPECT_EQ(sum, 3) << "the thread has survived";
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, uses_no_more_threads_than_it_may) {
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    const auto work = [&] {
        const int now = ++running;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {}
        std::this_thread::yield();
        --running;
    };
    const auto main = [&]() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.threads_max(3)};
        const auto one = [&]() -> patio::async<> { co_await pool.run(work); };
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            for (int i = 0; i < 100; ++i)
                group.spawn(one());
            co_return;
        });
        EXPECT_LE(pool.thread_count(), 3U);
        EXPECT_EQ(pool.waiting_count(), 0U);
    };
    patio::run(main(), options());
    EXPECT_LE(most, 3);
}

TEST_P(thread_pool, begins_functions_in_the_order_of_awaiting) {
    std::vector<int> order;
    const auto main = [&]() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.threads_max(1)};
        const auto one = [&](int i) -> patio::async<> {
            const auto note = [&order, i] { order.push_back(i); };
            co_await pool.run(note);
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            for (int i = 0; i < 50; ++i)
                group.spawn(one(i));
            co_return;
        });
    };
    patio::run(main(), options());
    ASSERT_EQ(order.size(), 50U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_P(thread_pool, refuses_more_than_may_wait) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.threads_max(1).waiting_max(1)};
        gate first;
        const auto block = [&] { first.pass(); };
        const auto run_one = [&](auto f) -> patio::async<> { co_await pool.run(f); };
        auto running = patio::create_task(run_one(block));
        auto waiting = patio::create_task(run_one([] {}));
        co_await patio::yield();
        first.wait_until_begun();
        try {
            co_await pool.run(add, 1, 2);
            ADD_FAILURE() << "a third one was taken";
        } catch (const patio::thread_pool_full&) {  // the expected way
        }
        first.open();
        co_await running;
        co_await waiting;
        const int sum = co_await pool.run(add, 1, 2);
        EXPECT_EQ(sum, 3) << "there is room again";
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, ends_threads_that_have_nothing_to_do) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.idle_limit(100us)};
        for (int i = 0; i < 3; ++i) {
            const int sum = co_await pool.run(add, i, 1);
            EXPECT_EQ(sum, i + 1);
            while (pool.thread_count() > 0)
                co_await patio::sleep(50us);
        }
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, serves_several_loops_at_once) {
    patio::thread_pool pool{patio::thread_pool_options{}.threads_max(2)};
    const auto main = [&]() -> patio::async<int> {
        int sum = 0;
        for (int i = 0; i < 50; ++i) {
            const int one = co_await pool.run(add, i, 0);
            sum += one;
        }
        co_return sum;
    };
    std::vector<std::thread> threads;
    std::atomic<int> total = 0;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] { total += patio::run(main(), options()); });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(total, 3 * 49 * 50 / 2);
}

TEST_P(thread_pool, runs_nothing_before_it_is_awaited) {
    bool was_called = false;
    const auto main = [&]() -> patio::async<> {
        patio::thread_pool pool;
        {
            [[maybe_unused]] const auto unused = pool.run([&] { was_called = true; });
        }
        EXPECT_EQ(pool.thread_count(), 0U);
        co_return;
    };
    patio::run(main(), options());
    EXPECT_FALSE(was_called);
}

TEST_P(thread_pool, lets_the_loop_go_on_meanwhile) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        gate blocked;
        const auto block = [&] { blocked.pass(); };
        const auto run_block = [&]() -> patio::async<> { co_await pool.run(block); };
        auto running = patio::create_task(run_block());
        for (int i = 0; i < 10; ++i)
            co_await patio::sleep(10us);
        EXPECT_FALSE(running.done());
        blocked.wait_until_begun();
        blocked.open();
        co_await running;
    };
    patio::run(main(), options());
}

// --- cancellation

TEST_P(thread_pool, does_not_call_a_function_that_was_cancelled_while_it_waited) {
    bool was_called = false;
    const auto main = [&]() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.threads_max(1)};
        gate first;
        const auto block = [&] { first.pass(); };
        const auto call = [&] { was_called = true; };
        const auto run_block = [&]() -> patio::async<> { co_await pool.run(block); };
        const auto run_call = [&]() -> patio::async<> { co_await pool.run(call); };
        auto running = patio::create_task(run_block());
        auto waiting = patio::create_task(run_call());
        co_await patio::yield();
        first.wait_until_begun();
        EXPECT_EQ(pool.waiting_count(), 1U);
        waiting.cancel();
        try {
            co_await waiting;
        } catch (const patio::task_cancelled&) {  // the expected way
        }
        EXPECT_TRUE(waiting.cancelled()) << "it did not have to wait for the other one";
        EXPECT_EQ(pool.waiting_count(), 0U);
        first.open();
        co_await running;
    };
    patio::run(main(), options());
    EXPECT_FALSE(was_called);
}

TEST_P(thread_pool, waits_for_a_running_function_whose_task_was_cancelled) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        gate blocked;
        bool has_ended = false;
        const auto block = [&] {
            blocked.pass();
            has_ended = true;
            return 5;
        };
        const auto run_block = [&]() -> patio::async<int> {
            const int value = co_await pool.run(block);
            co_return value;
        };
        auto running = patio::create_task(run_block());
        co_await patio::yield();
        blocked.wait_until_begun();
        running.cancel();
        for (int i = 0; i < 3; ++i)
            co_await patio::sleep(10us);
        EXPECT_FALSE(running.done());
        blocked.open();
        const int value = co_await running;
        EXPECT_TRUE(has_ended);
        EXPECT_EQ(value, 5) << "a result that there is gets delivered";
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, tells_a_running_function_to_stop_and_drops_what_it_returns) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        std::atomic<bool> has_begun = false;
        std::atomic<bool> was_told = false;
        const auto work = [&](patio::stop_signal stop) {
            has_begun = true;
            while (!stop.requested())
                std::this_thread::yield();
            was_told = true;
            return 5;
        };
        const auto run_work = [&]() -> patio::async<int> {
            const int value = co_await pool.run(work);
            co_return value;
        };
        const auto raced = co_await patio::race(run_work(), wait_until(has_begun));
        EXPECT_EQ(raced.index(), 1U);
        EXPECT_TRUE(was_told);
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, drops_what_a_function_throws_once_it_has_seen_the_signal) {
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool;
        std::atomic<bool> has_begun = false;
        const auto work = [&](patio::stop_signal stop) {
            has_begun = true;
            while (!stop.requested())
                std::this_thread::yield();
            throw std::runtime_error{"stopped"};
        };
        const auto run_work = [&]() -> patio::async<> { co_await pool.run(work); };
        const auto raced = co_await patio::race(run_work(), wait_until(has_begun));
        EXPECT_EQ(raced.index(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(thread_pool, reports_a_function_that_goes_on_after_its_cancellation) {
    std::vector<std::string> reports;
    const auto main = [&]() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.report_stuck_after(100us)};
        gate blocked;
        const auto block = [&] { blocked.pass(); };
        const auto deaf = [&]() -> patio::async<> { co_await pool.run(block); };
        auto running = patio::create_task(deaf());
        co_await patio::yield();
        blocked.wait_until_begun();
        running.cancel();
        while (reports.empty())
            co_await patio::sleep(100us);
        blocked.open();
        co_await running;
    };
    patio::run(main(), options().on_report([&](const patio::report& what) {
        EXPECT_EQ(what.kind(), patio::report_kind::stuck_job);
        reports.emplace_back(what.text());
    }));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_NE(reports[0].find("task 'lambda in TestBody'"), std::string::npos) << reports[0];
    EXPECT_NE(reports[0].find("patio::stop_signal"), std::string::npos);
    EXPECT_NE(reports[0].find("thread_pool_test.cpp:"), std::string::npos);
}

TEST_P(thread_pool, forgets_the_report_when_the_function_ends_in_time) {
    int report_count = 0;
    const auto main = []() -> patio::async<> {
        patio::thread_pool pool{patio::thread_pool_options{}.report_stuck_after(1h)};
        for (int i = 0; i < 5; ++i) {
            std::atomic<bool> has_begun = false;
            const auto work = [&](patio::stop_signal stop) {
                has_begun = true;
                (void)stop.wait_for(1h);
            };
            const auto run_work = [&]() -> patio::async<> { co_await pool.run(work); };
            const auto raced = co_await patio::race(run_work(), wait_until(has_begun));
            EXPECT_EQ(raced.index(), 1U);
        }
    };
    patio::run(main(), options().on_report([&](const patio::report&) { ++report_count; }));
    EXPECT_EQ(report_count, 0);
}

TEST_P(thread_pool, is_waited_for_when_main_ends_before_its_functions) {
    patio::thread_pool pool;
    gate blocked;
    bool has_ended = false;
    std::thread opener;
    const auto main = [&]() -> patio::async<> {
        const auto block = [&] {
            blocked.pass();
            has_ended = true;
        };
        const auto run_block = [&pool, block]() -> patio::async<> { co_await pool.run(block); };
        patio::create_task(run_block);
        co_await patio::yield();
        blocked.wait_until_begun();
        opener = std::thread([&] { blocked.open(); });
    };
    patio::run(main(), options());
    EXPECT_TRUE(has_ended);
    opener.join();
}

TEST(virtual_time, stands_still_while_a_function_runs) {
    patio::testing::run([]() -> patio::async<> {
        patio::thread_pool pool;
        const patio::time_point begin = patio::now();
        const auto work = [] { std::this_thread::sleep_for(1ms); };
        co_await patio::timeout(1us, pool.run(work));
        EXPECT_EQ(patio::now(), begin);
        co_await patio::sleep(1h);
        EXPECT_EQ((patio::now() - begin).in_seconds(), 3600);
    });
}

// --- CPython, test_asyncio/test_threads.py

TEST(ToThreadTests, test_to_thread_concurrent) {
    const auto main = []() -> patio::async<> {
        std::atomic<int> calls = 0;
        const auto count = [&] { ++calls; };
        const auto one = [&]() -> patio::async<> { co_await patio::to_thread(count); };
        co_await patio::gather(one(), one(), one(), one(), one(), one(), one(), one(), one(),
                               one());
        EXPECT_EQ(calls, 10);
    };
    patio::run(main());
}

}  // namespace
