// SPDX-License-Identifier: MIT

// What workers do for a program. Not under ThreadSanitizer, which allows no threads in the child of
// a program that has some.

#include <patio/io/process_pool.hpp>

#include "support/child_process.hpp"
#include "support/worker_processes.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;

class process_pool : public with_fork_server {};
PATIO_TEST_ON_EACH_DRIVER(process_pool);

// --- calls

TEST_P(process_pool, gives_the_result_of_a_function_in_another_process) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const int sum = co_await pool.run(add, 3, 4);
        EXPECT_EQ(sum, 7);
        const int id = co_await pool.run(&process_id);
        EXPECT_NE(id, ::getpid());
        const int parent = co_await pool.run(parent_id);
        EXPECT_NE(parent, ::getpid()) << "workers are children of the fork server";
    };
    patio::run(main(), options());
}

TEST_P(process_pool, takes_lambdas_without_captures) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const int number = co_await pool.run([](int n) { return 2 * n; }, 21);
        EXPECT_EQ(number, 42);
        const double generic = co_await pool.run([](auto n) { return n / 2; }, 5.0);
        EXPECT_EQ(generic, 2.5);
        co_await pool.run([] { ++board().call_count; });
        EXPECT_EQ(board().call_count, 1);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, converts_arguments_to_the_types_of_the_parameters) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const std::size_t of_literal = co_await pool.run(length, "four");
        EXPECT_EQ(of_literal, 4U);
        const short three = 3;
        const int sum = co_await pool.run(add, three, 4L);
        EXPECT_EQ(sum, 7);
        const auto first = [](const std::vector<std::string>& all) { return all.at(0); };
        const std::vector<std::string> words{"a", "b"};
        const std::string word = co_await pool.run(first, words);
        EXPECT_EQ(word, "a");
    };
    patio::run(main(), options());
}

TEST_P(process_pool, moves_megabytes_both_ways) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(2)};
        const auto reverse = [](std::vector<int> all) {
            std::vector<int> reversed(all.rbegin(), all.rend());
            return std::pair<std::vector<int>, std::string>{reversed, std::string(2'000'000, 'x')};
        };
        std::vector<int> numbers(500'000);
        std::iota(numbers.begin(), numbers.end(), 0);
        const auto one = [&]() -> patio::async<> {
            const auto result = co_await pool.run(reverse, numbers);
            EXPECT_EQ(result.first.size(), numbers.size());
            EXPECT_EQ(result.first.front(), 499'999);
            EXPECT_EQ(result.first.back(), 0);
            EXPECT_EQ(result.second, std::string(2'000'000, 'x'));
        };
        co_await patio::gather(one(), one(), one());
    };
    patio::run(main(), options());
}

TEST_P(process_pool, tells_what_a_function_has_thrown) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        const int before = co_await pool.run(process_id);
        try {
            co_await pool.run([] { throw std::out_of_range{"far"}; });
            ADD_FAILURE() << "no exception";
        } catch (const patio::remote_exception& error) {
            EXPECT_STREQ(error.what(), "far");
            EXPECT_STREQ(error.type_name(), "std::out_of_range");
            EXPECT_FALSE(error.code());
        }
        try {
            co_await pool.run([]() -> int { throw 5; });
            ADD_FAILURE() << "no exception";
        } catch (const patio::remote_exception& error) {
            EXPECT_STREQ(error.what(), "something that is no std::exception");
            EXPECT_STREQ(error.type_name(), "int");
        }
        const int after = co_await pool.run(process_id);
        EXPECT_EQ(before, after) << "the worker has survived";
    };
    patio::run(main(), options());
}

TEST_P(process_pool, keeps_the_codes_of_errors) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        try {
            co_await pool.run([] {
                throw std::system_error{std::make_error_code(std::errc::no_space_on_device)};
            });
            ADD_FAILURE() << "no exception";
        } catch (const patio::remote_exception& error) {
            EXPECT_EQ(error.code(), std::errc::no_space_on_device);
        }
        try {
            co_await pool.run([] { throw patio::error{patio::errc::malformed, "parsing"}; });
            ADD_FAILURE() << "no exception";
        } catch (const patio::remote_exception& error) {
            EXPECT_EQ(error.code(), patio::errc::malformed);
            EXPECT_STREQ(error.type_name(), "patio::error");
        }
    };
    patio::run(main(), options());
}

TEST_P(process_pool, lets_a_function_run_a_loop_of_its_own) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const auto inner = [](patio::driver_kind kind) {
            const auto program = []() -> patio::async<int> {
                co_await patio::sleep(10us);
                const int value = co_await patio::to_thread([] { return 7; });
                co_return value;
            };
            return patio::run(program(), patio::run_options{}.driver(kind));
        };
        for (int i = 0; i < 2; ++i) {
            const int value = co_await pool.run(inner, GetParam());
            EXPECT_EQ(value, 7);
        }
    };
    patio::run(main(), options());
}

// --- limits

TEST_P(process_pool, has_no_more_workers_than_it_may) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(2)};
        EXPECT_EQ(pool.worker_count(), 0U) << "none before it is needed";
        std::set<int> processes;
        const auto one = [&]() -> patio::async<> {
            const int id = co_await pool.run(process_id);
            processes.insert(id);
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            for (int i = 0; i < 20; ++i)
                group.spawn(one());
            co_return;
        });
        EXPECT_EQ(processes.size(), 2U);
        EXPECT_EQ(pool.worker_count(), 2U);
        EXPECT_EQ(pool.waiting_count(), 0U);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, begins_functions_in_the_order_of_awaiting) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        std::vector<int> order;
        const auto one = [&](int number) -> patio::async<> {
            const int begun = co_await pool.run([] { return ++board().call_count; });
            EXPECT_EQ(begun, number);
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            for (int i = 1; i <= 20; ++i)
                group.spawn(one(i));
            co_return;
        });
    };
    patio::run(main(), options());
}

TEST_P(process_pool, refuses_more_than_may_wait) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1).waiting_max(1)};
        auto running = patio::create_task(run_in(pool, &wait_for_leave));
        auto waiting = patio::create_task(run_in(pool, &count_call));
        co_await wait_for_worker();
        EXPECT_EQ(pool.waiting_count(), 1U);
        try {
            co_await pool.run(add, 1, 2);
            ADD_FAILURE() << "a third one was taken";
        } catch (const patio::process_pool_full&) {  // the expected way
        }
        board().may_go_on = true;
        co_await running;
        co_await waiting;
        const int sum = co_await pool.run(add, 1, 2);
        EXPECT_EQ(sum, 3) << "there is room again";
    };
    patio::run(main(), options());
}

TEST_P(process_pool, refuses_results_that_are_too_long) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.result_bytes_max(1000)};
        const auto text = [](std::size_t size) { return std::string(size, 'x'); };
        const std::string most = co_await pool.run(text, 992);
        EXPECT_EQ(most.size(), 992U);
        for (const std::size_t size : {993U, 5'000'000U}) {
            try {
                static_cast<void>(co_await pool.run(text, size));
                ADD_FAILURE() << "it was taken";
            } catch (const patio::limit_exceeded& error) {
                EXPECT_STREQ(error.name(), "result_bytes_max");
            }
        }
        const std::string few = co_await pool.run(text, 5);
        EXPECT_EQ(few, "xxxxx");
    };
    patio::run(main(), options());
}

TEST_P(process_pool, belongs_to_its_loop) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const auto elsewhere = [&] {
            return patio::run(outcome_of(run_in(pool, &count_call)), options());
        };
        const std::string text = co_await patio::to_thread(elsewhere);
        EXPECT_EQ(text, "a process_pool was used on another loop than the one that it belongs to");
    };
    patio::run(main(), options());
}

TEST_P(process_pool, needs_a_loop_that_can_wait_for_files) {
    EXPECT_THROW(patio::process_pool{}, patio::usage_error);
    const auto main = []() -> patio::async<> {
        EXPECT_THROW(patio::process_pool{}, patio::usage_error);
        co_return;
    };
    patio::testing::run(main());
}

TEST_P(process_pool, needs_a_fork_server) {
    server_.reset();
    const auto main = []() -> patio::async<std::string> {
        try {
            const patio::process_pool pool;
        } catch (const patio::usage_error& error) {
            co_return error.what();
        }
        co_return "nothing";
    };
    EXPECT_EQ(patio::run(main(), options()),
              "a process_pool needs a fork server: make a patio::fork_server the first thing in "
              "main, before patio::run()");
    server_.emplace();
}

// --- inside of a worker

TEST_P(process_pool, cannot_be_used_in_a_worker) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const auto nested_pool = [] {
            patio::run([]() -> patio::async<> {
                const patio::process_pool another;
                co_return;
            });
        };
        const auto nested_server = [] { const patio::fork_server another; };
        constexpr auto refusal =
            "a function in a worker process cannot use process pools itself: return to the program "
            "what is left to do";
        const std::string first = co_await outcome_of(run_in(pool, nested_pool));
        EXPECT_EQ(first, refusal);
        const std::string second = co_await outcome_of(run_in(pool, nested_server));
        EXPECT_EQ(second, refusal);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, gives_its_workers_no_descriptor_of_the_program) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(3)};
        const auto one = [&]() -> patio::async<> {
            const auto count = co_await pool.run([] {
                wait_for_leave();
                return descriptor_count();
            });
            EXPECT_EQ(count, 5U) << "0, 1, 2, the line, and the directory that is read";
        };
        const auto open_the_gate = []() -> patio::async<> {
            co_await wait_for_worker();
            board().may_go_on = true;
        };
        co_await patio::gather(one(), one(), one(), open_the_gate());
        const bool has_input = co_await pool.run([] {
            char byte = 0;
            return ::read(STDIN_FILENO, &byte, 1) != 0;
        });
        EXPECT_FALSE(has_input);
    };
    patio::run(main(), options());
}

class worker_output : public on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(worker_output);

TEST_P(worker_output, is_written_when_the_function_returns_and_nothing_twice) {
    child_process child{[] {
        std::atexit([] { std::printf("handler "); });
        std::printf("early ");  // stays in the buffer, until somebody flushes it
        std::cout << "stream ";
        const patio::fork_server server;
        const auto main = []() -> patio::async<> {
            patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
            co_await pool.run([] { std::printf("one "); });
            std::printf("two ");
            std::fflush(stdout);
            const auto leave = [] {
                std::printf("three ");
                std::exit(0);
            };
            static_cast<void>(co_await outcome_of(run_in(pool, +leave)));
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "early stream one two three ");
}

}  // namespace
