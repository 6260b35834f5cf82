// SPDX-License-Identifier: MIT

// How workers, calls and pools end. Not under ThreadSanitizer, see process_pool_test.cpp.

#include "support/child_process.hpp"
#include "support/worker_processes.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;

class process_pool : public with_fork_server {};
PATIO_TEST_ON_EACH_DRIVER(process_pool);

// --- deaths

TEST_P(process_pool, says_which_signal_has_ended_a_worker) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        const int before = co_await pool.run(process_id);
        try {
            co_await pool.run([] { ::raise(SIGKILL); });
            ADD_FAILURE() << "no exception";
        } catch (const patio::worker_died& error) {
            EXPECT_EQ(error.code(), patio::errc::worker_died);
            EXPECT_EQ(error.signal(), SIGKILL);
            EXPECT_EQ(error.exit_status(), -1);
            EXPECT_EQ(std::string{error.what()}, "worker process " + std::to_string(before) +
                                                     " was ended by SIGKILL: the worker process "
                                                     "has died");
        }
        const int after = co_await pool.run(process_id);
        EXPECT_NE(before, after) << "there is another one";
        EXPECT_EQ(pool.worker_count(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, fails_the_function_of_a_killed_worker_and_no_other) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(2)};
        auto doomed = patio::create_task(outcome_of(run_in(pool, &wait_for_death)));
        co_await wait_for_worker();
        const int victim = board().process.exchange(0);
        auto other = patio::create_task(outcome_of(run_in(pool, &wait_for_leave)));
        auto waiting = patio::create_task(outcome_of(run_in(pool, &count_call)));
        co_await wait_for_worker();
        ::kill(victim, SIGKILL);
        const std::string end = co_await doomed;
        EXPECT_NE(end.find("was ended by SIGKILL"), std::string::npos) << end;
        const std::string third = co_await waiting;
        EXPECT_EQ(third, "value") << "on the replacement";
        EXPECT_FALSE(other.done());
        board().may_go_on = true;
        const std::string second = co_await other;
        EXPECT_EQ(second, "value");
    };
    patio::run(main(), options());
}

TEST_P(process_pool, tells_exits_from_signals) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        for (const bool is_hard : {true, false}) {
            try {
                const auto leave = [](bool hard) {
                    if (hard) ::_exit(3);
                    std::exit(3);
                };
                co_await pool.run(leave, is_hard);
                ADD_FAILURE() << "no exception";
            } catch (const patio::worker_died& error) {
                EXPECT_EQ(error.signal(), 0);
                EXPECT_EQ(error.exit_status(), 3);
                EXPECT_NE(std::string{error.what()}.find(" exited with status 3"),
                          std::string::npos);
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(process_pool, sees_a_death_although_a_grandchild_holds_the_line) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const auto fork_and_leave = [] {
            const int child = ::fork();
            if (child == 0) {
                for (;;)
                    ::pause();
            }
            board().grandchild = child;
            ::_exit(1);
        };
        try {
            co_await pool.run(fork_and_leave);
            ADD_FAILURE() << "no exception";
        } catch (const patio::worker_died& error) {
            EXPECT_EQ(error.exit_status(), 1);
        }
    };
    patio::run(main(), options());
    ::kill(board().grandchild, SIGKILL);
}

TEST_P(process_pool, sees_a_death_in_the_middle_of_a_long_request) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        const int victim = co_await pool.run(process_id);
        ::kill(victim, SIGSTOP);
        const auto one = [&]() -> patio::async<> {
            const std::string megabytes(4'000'000, 'x');
            static_cast<void>(co_await pool.run(length, megabytes));
        };
        auto sending = patio::create_task(outcome_of(one()));
        for (int i = 0; i < 5; ++i)
            co_await patio::sleep(100us);
        EXPECT_FALSE(sending.done());
        ::kill(victim, SIGKILL);
        const std::string end = co_await sending;
        EXPECT_NE(end.find("was ended by SIGKILL"), std::string::npos) << end;
    };
    patio::run(main(), options());
}

TEST_P(process_pool, replaces_a_worker_that_has_died_while_it_was_idle) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        const int before = co_await pool.run(process_id);
        ::kill(before, SIGKILL);
        while (::kill(before, 0) == 0)  // until it was reaped
            co_await patio::sleep(200us);
        const int after = co_await pool.run(process_id);
        EXPECT_NE(before, after);
        EXPECT_EQ(pool.worker_count(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, says_so_when_the_fork_server_has_died) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const int server = co_await pool.run(parent_id);
        auto running = patio::create_task(outcome_of(run_in(pool, &wait_for_death)));
        co_await wait_for_worker();
        ::kill(server, SIGKILL);
        const std::string end = co_await running;
        EXPECT_EQ(end,
                  "the fork server has ended, and the worker with it: the worker process has died");
        const std::string late = co_await outcome_of(run_in(pool, &count_call));
        EXPECT_EQ(late, "asking the fork server for a worker: Broken pipe");
    };
    patio::run(main(), options());
}

// --- cancellation

TEST_P(process_pool, does_not_begin_in_a_task_that_is_cancelled_already) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        const auto late = [&]() -> patio::async<> {
            patio::current_task().cancel();
            co_await pool.run(count_call);
        };
        auto task = patio::create_task(late());
        co_await patio::gather_settled(task);
        EXPECT_TRUE(task.cancelled());
        EXPECT_EQ(pool.worker_count(), 0U);
    };
    patio::run(main(), options());
    EXPECT_EQ(board().call_count, 0);
}

TEST_P(process_pool, does_not_call_a_function_that_was_cancelled_while_it_waited) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        auto running = patio::create_task(run_in(pool, &wait_for_leave));
        auto waiting = patio::create_task(run_in(pool, &count_call));
        co_await wait_for_worker();
        waiting.cancel();
        co_await patio::gather_settled(waiting);
        EXPECT_TRUE(waiting.cancelled()) << "it did not have to wait for the other one";
        EXPECT_EQ(pool.waiting_count(), 0U);
        board().may_go_on = true;
        co_await running;
    };
    patio::run(main(), options());
    EXPECT_EQ(board().call_count, 0);
}

TEST_P(process_pool, ends_the_worker_of_a_cancelled_task_with_sigterm_and_replaces_it) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1).grace(1h)};
        auto running = patio::create_task(run_in(pool, &wait_for_death));
        co_await wait_for_worker();
        running.cancel();
        co_await patio::gather_settled(running);
        EXPECT_TRUE(running.cancelled());
        EXPECT_EQ(::kill(board().process, 0), -1) << "it has ended, and was reaped";
        EXPECT_EQ(errno, ESRCH);
        const int another = co_await pool.run(process_id);
        EXPECT_NE(another, board().process);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, kills_the_worker_that_does_not_listen_to_sigterm) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1).grace(20ms)};
        auto running = patio::create_task(run_in(pool, &ignore_sigterm));
        co_await wait_for_worker();
        const patio::time_point begin = patio::now();
        running.cancel();
        co_await patio::gather_settled(running);
        EXPECT_GE(patio::now() - begin, patio::duration{20ms});
        EXPECT_TRUE(board().got_sigterm);
        EXPECT_EQ(::kill(board().process, 0), -1);
        const int another = co_await pool.run(process_id);
        EXPECT_NE(another, board().process);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, can_be_cancelled_in_the_middle_of_a_long_request_or_result) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(1)};
        const int victim = co_await pool.run(process_id);
        ::kill(victim, SIGSTOP);  // SIGTERM does not reach it, SIGKILL does
        const auto one = [&]() -> patio::async<> {
            const std::string megabytes(4'000'000, 'x');
            static_cast<void>(co_await pool.run(length, megabytes));
        };
        const bool was_in_time = co_await patio::move_on_after(1ms, one());
        EXPECT_FALSE(was_in_time);
        const auto endless = [] {
            board().process = ::getpid();
            return std::string(20'000'000, 'x');
        };
        const auto other = [&]() -> patio::async<> {
            static_cast<void>(co_await pool.run(endless));
        };
        auto receiving = patio::create_task(other());
        co_await wait_for_worker();
        receiving.cancel();
        co_await patio::gather_settled(receiving);
        const int sum = co_await pool.run(add, 1, 2);
        EXPECT_EQ(sum, 3);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, delivers_a_result_that_was_there_before_the_cancellation) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool;
        int sum = 0;
        const auto one = [&]() -> patio::async<> {
            sum = co_await pool.run(add, 1, 2);
            patio::current_task().cancel();
            co_await patio::yield();
            ADD_FAILURE() << "not reached";
        };
        auto task = patio::create_task(one());
        co_await patio::gather_settled(task);
        EXPECT_EQ(sum, 3);
        EXPECT_EQ(pool.worker_count(), 1U) << "the worker lives on";
    };
    patio::run(main(), options());
}

TEST_P(process_pool, survives_being_cancelled_at_any_moment) {
    const auto main = []() -> patio::async<> {
        patio::process_pool pool{patio::process_pool_options{}.workers_max(2).grace(1h)};
        for (int i = 0; i < 25; ++i) {
            const auto limit = patio::duration::nanoseconds(40'000 * i);
            const auto sum = co_await patio::move_on_after(limit, pool.run(add, i, 1));
            EXPECT_EQ(sum.value_or(i + 1), i + 1);
        }
        const int sum = co_await pool.run(add, 1, 2);
        EXPECT_EQ(sum, 3);
        EXPECT_LE(pool.worker_count(), 2U);
    };
    patio::run(main(), options());
}

// --- the pool's own end

TEST_P(process_pool, ends_the_waiting_when_it_is_destroyed) {
    const auto main = []() -> patio::async<> {
        std::optional<patio::process_pool> pool;
        pool.emplace(patio::process_pool_options{}.workers_max(1));
        auto running = patio::create_task(outcome_of(run_in(*pool, &wait_for_death)));
        auto waiting = patio::create_task(outcome_of(run_in(*pool, &count_call)));
        co_await wait_for_worker();
        pool.reset();
        const std::string first = co_await running;
        EXPECT_EQ(first, "running a function in a worker process: it was closed on this side");
        const std::string second = co_await waiting;
        EXPECT_EQ(second, "waiting for a worker process: it was closed on this side");
        EXPECT_EQ(::kill(board().process, 0), -1) << "the worker has ended";
        EXPECT_EQ(board().call_count, 0);
    };
    patio::run(main(), options());
}

TEST_P(process_pool, may_die_while_a_worker_is_ended_gently) {
    const auto main = []() -> patio::async<> {
        std::optional<patio::process_pool> pool;
        pool.emplace(patio::process_pool_options{}.workers_max(1).grace(1h));
        auto running = patio::create_task(run_in(*pool, &ignore_sigterm));
        co_await wait_for_worker();
        running.cancel();
        while (!board().got_sigterm)
            co_await patio::sleep(200us);
        EXPECT_FALSE(running.done());
        pool.reset();
        co_await patio::gather_settled(running);
        EXPECT_TRUE(running.cancelled());
    };
    patio::run(main(), options());
}

TEST_P(process_pool, ends_its_workers_with_the_loop) {
    const auto main = []() -> patio::async<> {
        static std::optional<patio::process_pool> unused;
        patio::process_pool pool;
        patio::create_task(run_in(pool, &wait_for_death));
        co_await wait_for_worker();
    };
    patio::run(main(), options());
    EXPECT_EQ(::kill(board().process, 0), -1);
}

class killed_program : public on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(killed_program);

TEST_P(killed_program, takes_its_workers_with_it) {
    board().~blackboard();
    new (&board()) blackboard;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans become ours, so their end can be waited for
    {
        child_process child{[] {
            const patio::fork_server server;
            const auto main = []() -> patio::async<> {
                patio::process_pool pool;
                board().server = co_await pool.run(parent_id);
                co_await pool.run(wait_for_death);
            };
            patio::run(main(), options());
            return 0;
        }};
        while (board().process == 0)
            ::usleep(200);
        child.send(SIGKILL);
        child.wait();
    }
    EXPECT_EQ(::waitpid(board().server, nullptr, 0), board().server);
    EXPECT_EQ(::waitpid(board().process, nullptr, 0), board().process);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace
