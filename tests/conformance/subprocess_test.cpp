// SPDX-License-Identifier: MIT

// What CPython's asyncio demands of child processes (test_asyncio/test_subprocess.py,
// SubprocessMixin); each test bears the name of its origin.

#include "support/drivers.hpp"
#include "support/no_child_left.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::exit_status;
using patio::process;
using patio::process_options;
using patio::redirect;

process_options cat() { return process_options{"cat"}; }
process_options blocked() { return process_options{"sleep", "3600"}; }

class SubprocessMixin : public patio::test_support::on_each_driver {
private:
    patio::test_support::no_child_left children_;
};
PATIO_TEST_ON_EACH_DRIVER(SubprocessMixin);

TEST_P(SubprocessMixin, test_stdin_stdout) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(cat().std_in(redirect::pipe()).std_out(redirect::pipe()));
        co_await running.std_in().write("some data");
        co_await running.std_in().close();
        const std::string data = co_await running.std_out().read_all();
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.code(), 0);
        EXPECT_EQ(data, "some data");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_communicate) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(cat().std_in(redirect::pipe()).std_out(redirect::pipe()));
        const auto output = co_await running.communicate("some data");
        EXPECT_EQ(output.status.code(), 0);
        EXPECT_EQ(output.out, "some data");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_communicate_none_stdin) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(cat().std_in(redirect::pipe()));
        const auto output = co_await running.communicate();
        EXPECT_EQ(output.status.code(), 0);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_subprocess_communicate_stdout) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(
            process_options{"true"}.std_in(redirect::pipe()).std_out(redirect::pipe()));
        const auto output = co_await running.communicate();
        EXPECT_EQ(output.out, "");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_shell) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(patio::shell("exit 7"));
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.code(), 7);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_start_new_session) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(patio::shell("exit 8").own_session());
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.code(), 8);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_kill) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(blocked());
        running.kill();
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.signal(), SIGKILL);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_kill_issue43884) {
    // Killing while another task waits: each hears of it, and once.
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(blocked());
        auto waiting = patio::create_task(running.wait());
        co_await patio::sleep(1ms);
        running.kill();
        running.kill();
        const exit_status status = co_await waiting;
        EXPECT_EQ(status.signal(), SIGKILL);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_terminate) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(blocked());
        running.terminate();
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.signal(), SIGTERM);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_send_signal) {
    const auto main = []() -> patio::async<> {
        auto saying = patio::shell("echo sleeping; exec sleep 3600");
        process running = co_await patio::start_process(saying.std_out(redirect::pipe()));
        const auto line = co_await running.std_out().read_line();
        EXPECT_EQ(line, "sleeping");
        running.send_signal(SIGHUP);
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.signal(), SIGHUP);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_stdin_broken_pipe) {
    const auto main = []() -> patio::async<> {
        const std::string large(500'000, 'x');
        process running =
            co_await patio::start_process(process_options{"true"}.std_in(redirect::pipe()));
        co_await running.wait();
        try {
            co_await running.std_in().write(large);
            ADD_FAILURE() << "nobody reads";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::broken_pipe);
        }
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_communicate_ignore_broken_pipe) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(process_options{"true"}.std_in(redirect::pipe()));
        const auto output = co_await running.communicate(std::string(500'000, 'x'));
        EXPECT_EQ(output.status.code(), 0);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_pause_reading) {
    // There is nothing to pause: what nobody reads stays in the pipe, and its writer waits.
    const auto main = []() -> patio::async<> {
        auto printing = process_options{"head", "-c", "1000000", "/dev/zero"};
        process running = co_await patio::start_process(printing.std_out(redirect::pipe()));
        const auto ended = co_await patio::move_on_after(20ms, running.wait());
        EXPECT_FALSE(ended.has_value());
        EXPECT_EQ(running.std_out().buffered().size(), 0U);
        const std::string all = co_await running.std_out().read_all();
        EXPECT_EQ(all.size(), 1'000'000U);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_stdin_not_inheritable) {
    // The second child must not keep the first one's input open.
    const auto main = []() -> patio::async<> {
        process first =
            co_await patio::start_process(cat().std_in(redirect::pipe()).std_out(redirect::pipe()));
        process second = co_await patio::start_process(blocked());
        const auto output = co_await first.communicate("data");
        EXPECT_EQ(output.out, "data");
        second.kill();
        co_await second.wait();
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_empty_input) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(
            patio::shell("wc -c").std_in(redirect::pipe()).std_out(redirect::pipe()));
        const auto output = co_await running.communicate("");
        EXPECT_EQ(output.out, "0\n");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_devnull_input) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(
            patio::shell("wc -c").std_in(redirect::null()).std_out(redirect::pipe()));
        const auto output = co_await running.communicate();
        EXPECT_EQ(output.out, "0\n");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_devnull_output) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(cat().std_in(redirect::pipe()).std_out(redirect::null()));
        const auto output = co_await running.communicate("abc");
        EXPECT_EQ(output.out, "");
        EXPECT_TRUE(output.status.success());
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_devnull_error) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(patio::shell("echo error >&2").std_err(redirect::null()));
        const auto output = co_await running.communicate();
        EXPECT_EQ(output.err, "");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_cancel_process_wait) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(blocked());
        auto waiting = patio::create_task(running.wait());
        co_await patio::yield();
        waiting.cancel();
        try {
            co_await waiting;
            ADD_FAILURE() << "the waiting was cancelled";
        } catch (const patio::task_cancelled&) {  // the expected way
        }
        EXPECT_FALSE(running.try_wait().has_value()) << "the process goes on";
        running.kill();
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.signal(), SIGKILL);
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_cancel_make_subprocess_transport_exec) {
    const auto main = []() -> patio::async<> {
        auto starting = patio::create_task(patio::start_process(blocked()));
        co_await patio::yield();
        starting.cancel();
        try {
            // It may have its result already, whose owner ends the process.
            co_await std::move(starting);
        } catch (const patio::task_cancelled&) {  // the other way
        }
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_close_kill_running) {
    const auto main = []() -> patio::async<int> {
        process started = co_await patio::start_process(blocked());
        auto running = std::make_unique<process>(std::move(started));
        const int pid = running->pid();
        running.reset();
        co_return pid;
    };
    const int pid = patio::run(main(), options());
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST_P(SubprocessMixin, test_close_dont_kill_finished) {
    const auto main = []() -> patio::async<> {
        process started = co_await patio::start_process("true");
        auto running = std::make_unique<process>(std::move(started));
        const exit_status status = co_await running->wait();
        EXPECT_EQ(status.code(), 0);
        running.reset();
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_popen_error) {
    const auto main = []() -> patio::async<> {
        try {
            const process none = co_await patio::start_process("/no/such/program");
            ADD_FAILURE() << "started";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
        }
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_popen_error_with_stdin_pipe) {
    // No end of the pipe is left behind; the suite counts the descriptors.
    const auto main = []() -> patio::async<> {
        try {
            const process none = co_await patio::start_process(
                process_options{"/no/such/program"}.std_in(redirect::pipe()));
            ADD_FAILURE() << "started";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
        }
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_read_stdout_after_process_exit) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process(
            process_options{"printf", "a\\nb\\n"}.std_out(redirect::pipe()));
        co_await running.wait();
        std::string all;
        auto lines = running.std_out().lines();
        while (auto line = co_await lines.next())
            all += *line + ",";
        EXPECT_EQ(all, "a,b,");
    };
    patio::run(main(), options());
}

TEST_P(SubprocessMixin, test_subprocess_read_pipe_cancelled) {
    const auto main = []() -> patio::async<> {
        process running =
            co_await patio::start_process(cat().std_in(redirect::pipe()).std_out(redirect::pipe()));
        auto reading = patio::create_task(running.std_out().read_line());
        co_await patio::yield();
        reading.cancel();
        const auto output = co_await running.communicate("kept\n");
        EXPECT_EQ(output.out, "kept\n");
    };
    patio::run(main(), options());
}

// --- test_unix_events.py and asyncio's watcher of children

TEST_P(SubprocessMixin, test_process_exits_before_it_is_watched) {
    const auto main = []() -> patio::async<> {
        process running = co_await patio::start_process("true");
        siginfo_t ended{};
        EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(running.pid()), &ended, WEXITED | WNOWAIT), 0);
        const exit_status status = co_await running.wait();
        EXPECT_EQ(status.code(), 0);
    };
    patio::run(main(), options());
}

}  // namespace
