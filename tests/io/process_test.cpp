// SPDX-License-Identifier: MIT

#include <patio/io/process.hpp>

#include "support/child_process.hpp"
#include "support/drivers.hpp"
#include "support/no_child_left.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::exit_status;
using patio::process;
using patio::process_options;
using patio::redirect;
using patio::test_support::child_process;

process_options with_all_pipes(process_options options) {
    return options.std_in(redirect::pipe()).std_out(redirect::pipe()).std_err(redirect::pipe());
}

/// Whether a process of that number is there, as a zombie too.
bool exists(int pid) { return ::kill(pid, 0) == 0; }

/// A program that says "ready" and then ignores SIGTERM for ever.
process_options stubborn() {
    auto options = patio::shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
    return options.std_out(redirect::pipe()).own_group();
}

class processes : public patio::test_support::on_each_driver {
private:
    patio::test_support::no_child_left children_;
};
PATIO_TEST_ON_EACH_DRIVER(processes);

// --- waiting

TEST_P(processes, are_waited_for) {
    const auto main = []() -> patio::async<> {
        process sleeping = co_await patio::start_process("sleep", "0.01");
        EXPECT_GT(sleeping.pid(), 0);
        EXPECT_FALSE(sleeping.try_wait().has_value());
        const exit_status status = co_await sleeping.wait();
        EXPECT_EQ(status, exit_status::exited(0));
        const exit_status again = co_await sleeping.wait();
        EXPECT_EQ(again, status);
        EXPECT_EQ(sleeping.try_wait(), status);
    };
    patio::run(main(), options());
}

TEST_P(processes, tell_codes_and_signals_apart) {
    const auto main = []() -> patio::async<> {
        for (const auto& [command, expected] : {
                 std::pair{"exit 0", exit_status::exited(0)},
                 std::pair{"exit 143", exit_status::exited(143)},
                 std::pair{"exit 255", exit_status::exited(255)},
                 std::pair{"kill -TERM $$", exit_status::signalled(SIGTERM)},
                 std::pair{"kill -KILL $$", exit_status::signalled(SIGKILL)},
             }) {
            process running = co_await patio::start_process(patio::shell(command));
            const exit_status status = co_await running.wait();
            EXPECT_EQ(status, expected) << command << ": " << status.to_string();
        }
    };
    patio::run(main(), options());
}

TEST_P(processes, are_waited_for_by_several_tasks) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("sleep", "0.05");
        // The first one watches; the second one takes over when that is cancelled.
        auto first = patio::create_task(running.wait());
        auto second = patio::create_task(running.wait());
        auto third = patio::create_task(running.wait());
        co_await patio::sleep(1ms);
        first.cancel();
        const exit_status status = co_await second;
        EXPECT_EQ(status, exit_status::exited(0));
        const exit_status same = co_await third;
        EXPECT_EQ(same, status);
        EXPECT_TRUE(first.cancelled());
    };
    patio::run(main(), options());
}

TEST_P(processes, go_on_when_waiting_is_cancelled) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(with_all_pipes(process_options{"cat"}));
        const auto nothing = co_await patio::move_on_after(1ms, running.wait());
        EXPECT_FALSE(nothing.has_value());
        co_await running.std_in().write("still here\n");
        const auto line = co_await running.std_out().read_line();
        EXPECT_EQ(line, "still here");
    };
    patio::run(main(), options());
}

TEST_P(processes, may_be_waited_for_after_their_object_has_gone) {
    const auto main = []() -> patio::async<> {
        process started = co_await patio::start_process("sleep", "60");
        auto running = std::make_unique<process>(std::move(started));
        auto waiting = patio::create_task(running->wait());
        co_await patio::yield();
        running.reset();
        const exit_status status = co_await waiting;
        EXPECT_EQ(status, exit_status::signalled(SIGTERM));
    };
    patio::run(main(), options());
}

// --- talking

TEST_P(processes, talk_through_pipes) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(with_all_pipes(
            patio::shell("while read line; do echo \"<$line>\"; done; echo end >&2; exit 3")));
        co_await running.std_in().write("one\n");
        const auto first = co_await running.std_out().read_line();
        EXPECT_EQ(first, "<one>");
        co_await running.std_in().write("two\n");
        const auto second = co_await running.std_out().read_line();
        EXPECT_EQ(second, "<two>");
        co_await running.std_in().close();
        const std::string message = co_await running.std_err().read_all();
        EXPECT_EQ(message, "end\n");
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status, exit_status::exited(3));
    };
    patio::run(main(), options());
}

TEST_P(processes, communicate_without_deadlock_at_any_size) {
    const auto main = []() -> patio::async<> {
        for (const std::size_t size : {0UL, 1UL, 65'536UL, 3'000'000UL}) {
            const std::string input(size, 'x');
            // Writes to both, and nobody may wait for the other.
            process running =
                co_await patio::start_process(with_all_pipes(patio::shell("tee /dev/stderr")));
            const auto output = co_await running.communicate(input);
            EXPECT_TRUE(output.status.success());
            EXPECT_TRUE(output.out == input);
            EXPECT_TRUE(output.err == input);
        }
    };
    patio::run(main(), options());
}

TEST_P(processes, that_read_no_input_are_no_failure) {
    const auto main = []() -> patio::async<> {
        const std::string much(1'000'000, 'x');
        process running =
            co_await patio::start_process(with_all_pipes(patio::shell("exec <&-; echo done")));
        const auto output = co_await running.communicate(much);
        EXPECT_EQ(output.out, "done\n");
        EXPECT_TRUE(output.status.success());
    };
    patio::run(main(), options());
}

TEST_P(processes, communicate_within_a_limit_that_has_a_name) {
    const auto main = []() -> patio::async<> {
        auto printing = process_options{"head", "-c", "5000", "/dev/zero"};
        printing.std_out(redirect::pipe()).limits(patio::stream_limits{}.all_bytes_max(1000));
        process running = co_await patio::start_process(printing);
        try {
            co_await running.communicate();
            ADD_FAILURE() << "there is no limit";
        } catch (const patio::limit_exceeded& e) {  // the expected way
            EXPECT_STREQ(e.name(), "all_bytes_max");
        }
    };
    patio::run(main(), options());
}

TEST_P(processes, say_that_there_is_no_pipe) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("true");
        EXPECT_THROW(static_cast<void>(running.std_in()), patio::usage_error);
        EXPECT_THROW(static_cast<void>(running.std_out()), patio::usage_error);
        EXPECT_THROW(static_cast<void>(running.std_err()), patio::usage_error);
        try {
            co_await running.communicate("input");
            ADD_FAILURE() << "the input went nowhere";
        } catch (const patio::usage_error&) {  // the expected way
        }
        const exit_status status = co_await running.wait();
        EXPECT_TRUE(status.success());
    };
    patio::run(main(), options());
}

// --- signals

TEST_P(processes, receive_signals) {
    const auto main = []() -> patio::async<> {
        process one = co_await patio::start_process("sleep", "60");
        one.send_signal(SIGUSR1);
        const exit_status by_signal = co_await one.wait();
        EXPECT_EQ(by_signal, exit_status::signalled(SIGUSR1));
        process two = co_await patio::start_process("sleep", "60");
        two.terminate();
        const exit_status terminated = co_await two.wait();
        EXPECT_EQ(terminated, exit_status::signalled(SIGTERM));
        process three = co_await patio::start_process("sleep", "60");
        three.kill();
        const exit_status killed = co_await three.wait();
        EXPECT_EQ(killed, exit_status::signalled(SIGKILL));
    };
    patio::run(main(), options());
}

TEST_P(processes, that_have_ended_receive_no_signals) {
    const auto main = []() -> patio::async<> {
        process zombie = co_await patio::start_process("true");
        co_await patio::sleep(20ms);
        zombie.kill();  // not waited for yet
        process ended = co_await patio::start_process("true");
        co_await ended.wait();
        ended.send_signal(SIGTERM);
        ended.terminate();
        ended.kill();
        process running = co_await patio::start_process("sleep", "60");
        try {
            running.send_signal(12345);
            ADD_FAILURE() << "a signal that does not exist";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::invalid_argument);
        }
    };
    patio::run(main(), options());
}

TEST_P(processes, with_a_group_take_it_with_them) {
    const auto main = []() -> patio::async<> {
        auto nested = patio::shell("sleep 60 & echo started; wait");
        nested.std_out(redirect::pipe()).own_group();
        process running = co_await patio::start_process(nested);
        const auto line = co_await running.std_out().read_line();
        EXPECT_EQ(line, "started");
        running.terminate();
        const std::string rest = co_await running.std_out().read_all();  // the sleep's end, too
        EXPECT_EQ(rest, "");
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status, exit_status::signalled(SIGTERM));
    };
    patio::run(main(), options());
}

// --- the end of the object

TEST_P(processes, whose_object_dies_are_ended_and_reaped_before_run_returns) {
    const auto main = []() -> patio::async<int> {
        const process running = co_await patio::start_process("sleep", "60");
        co_return running.pid();
    };
    const int pid = patio::run(main(), options());
    EXPECT_FALSE(exists(pid));
}

TEST_P(processes, whose_scope_is_cancelled_are_ended_and_reaped) {
    int pid = 0;
    const auto body = [&]() -> patio::async<> {
        process running = co_await patio::start_process("sleep", "60");
        pid = running.pid();
        co_await running.wait();
    };
    const auto main = [&]() -> patio::async<> {
        const bool has_ended = co_await patio::move_on_after(50ms, body());
        EXPECT_FALSE(has_ended);
        while (exists(pid))
            co_await patio::sleep(1ms);
    };
    patio::run(main(), options());
}

TEST_P(processes, that_ignore_sigterm_are_killed_after_the_grace) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(stubborn().grace(20ms));
        co_await running.std_out().read_line();
        const auto begin = std::chrono::steady_clock::now();
        const exit_status status = co_await running.stop();
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
        EXPECT_EQ(status, exit_status::signalled(SIGKILL));
    };
    patio::run(main(), options());
}

TEST_P(processes, that_are_stopped_hear_of_their_end) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("sleep", "60");
        running.send_signal(SIGSTOP);
        const exit_status status = co_await running.stop();
        EXPECT_EQ(status, exit_status::signalled(SIGTERM)) << "and not by force";
    };
    patio::run(main(), options());
}

TEST_P(processes, are_ended_although_stopping_is_cancelled) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(stubborn().grace(20ms));
        co_await running.std_out().read_line();
        auto stopping = patio::create_task(running.stop());
        co_await patio::yield();
        stopping.cancel();
        try {
            co_await stopping;
        } catch (const patio::task_cancelled&) {  // either way is fine
        }
        EXPECT_EQ(running.try_wait(), exit_status::signalled(SIGKILL));
    };
    patio::run(main(), options());
}

TEST_P(processes, that_outlive_their_loop_are_killed_with_their_object) {
    const auto main = []() -> patio::async<process> {
        process running = co_await patio::start_process(stubborn());
        co_await running.std_out().read_line();
        co_return running;
    };
    std::optional<process> kept{patio::run(main(), options())};
    const int pid = kept->pid();
    EXPECT_FALSE(kept->try_wait().has_value());
    kept.reset();
    EXPECT_FALSE(exists(pid));
}

TEST_P(processes, are_ended_when_another_takes_their_object) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("sleep", "60");
        const int first = running.pid();
        running = co_await patio::start_process("true");
        EXPECT_NE(running.pid(), first);
        co_await running.wait();
        while (exists(first))
            co_await patio::sleep(1ms);
    };
    patio::run(main(), options());
}

TEST_P(processes, beside_a_body_are_gone_when_it_returns) {
    const auto main = []() -> patio::async<> {
        int pid = 0;
        const auto body = [&](process& running) -> patio::async<int> {
            pid = running.pid();
            co_return 7;
        };
        const int value = co_await patio::with_process(process_options{"sleep", "60"}, body);
        EXPECT_EQ(value, 7);
        EXPECT_FALSE(exists(pid));
        const auto endless = [&](process& running) -> patio::async<> {
            pid = running.pid();
            co_await running.wait();
        };
        co_await patio::move_on_after(50ms,
                                      patio::with_process(process_options{"sleep", "60"}, endless));
        EXPECT_FALSE(exists(pid));
    };
    patio::run(main(), options());
}

// --- run_process

TEST_P(processes, that_run_to_their_end_give_all_they_have_written) {
    const auto main = []() -> patio::async<> {
        const auto printed = co_await patio::run_process("printf", "%s-%s", "a", "b");
        EXPECT_EQ(printed.out, "a-b");
        const auto both =
            co_await patio::run_process(patio::shell("cat; echo error >&2; exit 4"), "input");
        EXPECT_EQ(both.out, "input");
        EXPECT_EQ(both.err, "error\n");
        EXPECT_EQ(both.status, exit_status::exited(4));
        const auto nothing = co_await patio::run_process("cat");
        EXPECT_EQ(nothing.out, "") << "there is no input, not ours";
    };
    patio::run(main(), options());
}

TEST_P(processes, that_run_to_their_end_are_gone_after_a_timeout) {
    const auto main = []() -> patio::async<> {
        auto waiting = patio::shell("trap '' TERM; while :; do sleep 0.01; done");
        waiting.own_group().grace(20ms);
        const auto output = co_await patio::move_on_after(50ms, patio::run_process(waiting));
        EXPECT_FALSE(output.has_value());
        siginfo_t found{};
        EXPECT_EQ(::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT), -1) << "reaped by now";
    };
    patio::run(main(), options());
}

TEST_P(processes, run_beside_each_other) {
    const auto main = []() -> patio::async<> {
        int ended = 0;
        const auto one = [&]() -> patio::async<> {
            const auto output = co_await patio::run_process("echo", "x");
            ended += output.out == "x\n" ? 1 : 0;
        };
        const auto all = [&](patio::task_group& group) -> patio::async<> {
            for (int i = 0; i < 30; ++i)
                group.spawn(one());
            co_return;
        };
        co_await patio::with_task_group(all);
        EXPECT_EQ(ended, 30);
    };
    patio::run(main(), options());
}

// --- others who wait for children

patio::async<> expect_lost(process& running) {
    try {
        co_await running.wait();
        ADD_FAILURE() << "the status was taken by somebody else";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), std::errc::no_child_process);
        EXPECT_NE(std::string{e.what()}.find("was taken by somebody else"), std::string::npos);
    }
    running.kill();  // reaches nobody
}

TEST_P(processes, whose_status_somebody_else_takes_say_so) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("sleep", "0.01");
        int status = 0;
        EXPECT_EQ(::waitpid(-1, &status, 0), running.pid());
        co_await expect_lost(running);
    };
    patio::run(main(), options());
}

TEST_P(processes, that_nobody_may_wait_for_say_so) {
    const auto main = []() -> patio::async<> {
        std::signal(SIGCHLD, SIG_IGN);
        process running = co_await patio::start_process("sleep", "0.01");
        co_await expect_lost(running);
        std::signal(SIGCHLD, SIG_DFL);
    };
    patio::run(main(), options());
}

TEST(processes_elsewhere, need_a_running_loop_that_can_wait_for_files) {
    const auto main = []() -> patio::async<> {
        try {
            co_await patio::run_process("true");
            ADD_FAILURE() << "started on virtual time";
        } catch (const patio::usage_error&) {  // the expected way
        }
    };
    patio::testing::run(main());
}

}  // namespace
