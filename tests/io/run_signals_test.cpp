// SPDX-License-Identifier: MIT

// Ctrl-C and Ctrl-\ as `patio::run` handles them, seen from the parent of the process.

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::test_support::child_process;

void say(const char* text) {
    std::printf("%s\n", text);
    std::fflush(stdout);
}

struct says_goodbye {
    ~says_goodbye() { say("unwound"); }
};

patio::async<> wait_long() {
    const says_goodbye here;
    say("ready");
    co_await patio::sleep(1h);
}

/// Stands for a program that does not end by itself.
patio::async<> endless_main() { co_await patio::gather(wait_long(), wait_long()); }

class ctrl_c : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(ctrl_c);

TEST_P(ctrl_c, unwinds_everything_and_ends_the_process_by_its_signal) {
    child_process child{[] {
        patio::run(endless_main(), options());
        say("not reached");
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("ready\nready"));
    child.send(SIGINT);
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
    EXPECT_EQ(child.output(), "ready\nready\nunwound\nunwound\n");
}

struct counts {
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
};

/// Runs on three loops until the signal that the last of them sends.
patio::async<> wait_on_each_loop(counts* of) {
    struct guard {
        counts* target;
        ~guard() { ++target->ended; }
    } const here{of};
    ++of->begun;
    while (patio::this_loop_index() == 2 && of->begun < 3)
        co_await patio::sleep(50us);
    if (patio::this_loop_index() == 2) ::kill(::getpid(), SIGINT);
    co_await patio::sleep(1h);
}

TEST_P(ctrl_c, unwinds_what_main_runs_on_other_loops) {
    counts seen;
    const auto main = [&]() -> patio::async<> {
        co_await patio::on_each_loop(wait_on_each_loop, &seen);
    };
    EXPECT_THROW(patio::run(main(), options().loops(3).handle_sigint(patio::on_sigint::throws)),
                 patio::interrupted);
    EXPECT_EQ(seen.ended, 3);
}

TEST_P(ctrl_c, flushes_what_was_printed) {
    child_process child{[] {
        std::printf("kept in a buffer");
        const auto main = []() -> patio::async<> {
            ::kill(::getpid(), SIGINT);
            co_await patio::sleep(1h);
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
    EXPECT_EQ(child.output(), "kept in a buffer");
}

TEST_P(ctrl_c, can_be_thrown_instead) {
    child_process child{[] {
        try {
            patio::run(endless_main(), options().handle_sigint(patio::on_sigint::throws));
        } catch (const patio::interrupted& error) {
            say(error.what());
            return 7;
        }
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("ready\nready"));
    child.send(SIGINT);
    child.wait();
    EXPECT_EQ(child.exit_status(), 7);
    EXPECT_EQ(child.output(), "ready\nready\nunwound\nunwound\ninterrupted (Ctrl-C)\n");
}

TEST_P(ctrl_c, can_be_left_alone) {
    child_process child{[] {
        patio::run(endless_main(), options().handle_sigint(patio::on_sigint::ignored));
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("ready\nready"));
    child.send(SIGINT);
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
    EXPECT_EQ(child.output(), "ready\nready\n") << "nothing was to be unwound";
}

TEST_P(ctrl_c, tells_why_main_was_cancelled) {
    child_process child{[] {
        patio::any_task main_task;
        const auto observer = [&]() -> patio::async<> {
            // Runs in the root group, so it sees main end before it is cancelled itself.
            while (!main_task.cancelling())
                co_await patio::sleep(100us);
            say("main is being cancelled");
        };
        const auto main = [&]() -> patio::async<> {
            main_task = patio::current_task();
            patio::create_task(observer());
            ::kill(::getpid(), SIGINT);
            const auto cleanup = []() -> patio::async<> { co_await patio::sleep(2ms); };
            co_await patio::finally(wait_long(), cleanup);
        };
        patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(),
              "ready\nunwound\nmain is being cancelled\nexception: interrupted (Ctrl-C)\n");
}

TEST_P(ctrl_c, kills_at_once_the_second_time) {
    child_process child{[] {
        const auto stubborn = []() -> patio::async<> {
            say("cleaning up");
            co_await patio::sleep(1h);
        };
        const auto main = [&]() -> patio::async<> {
            co_await patio::finally(wait_long(), stubborn);
        };
        patio::run(main(), options());
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("ready"));
    child.send(SIGINT);
    ASSERT_TRUE(child.wait_for_output("cleaning up"));
    child.send(SIGINT);
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
}

TEST_P(ctrl_c, kills_a_blocked_loop_the_second_time) {
    child_process child{[] {
        const auto main = []() -> patio::async<> {
            ::kill(::getpid(), SIGINT);
            say("still here");
            ::kill(::getpid(), SIGINT);
            say("not reached");
            co_return;
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
    EXPECT_EQ(child.output(), "still here\n");
}

TEST_P(ctrl_c, lets_a_main_that_has_its_result_return_it) {
    child_process child{[] {
        const auto main = []() -> patio::async<int> {
            ::kill(::getpid(), SIGINT);
            co_return 5;
        };
        return patio::run(main(), options());
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 5);
}

TEST_P(ctrl_c, works_in_each_of_several_runs) {
    child_process child{[] {
        int count = 0;
        for (int i = 0; i < 3; ++i) {
            const auto main = []() -> patio::async<> {
                ::kill(::getpid(), SIGINT);
                co_await patio::sleep(1h);
            };
            try {
                patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
            } catch (const patio::interrupted&) {
                ++count;
            }
        }
        return count;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 3);
}

TEST_P(ctrl_c, is_not_touched_where_the_program_handles_it) {
    child_process child{[] {
        std::signal(SIGINT, [](int) { ::_exit(42); });
        const auto main = []() -> patio::async<> {
            ::kill(::getpid(), SIGINT);
            co_return;
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 42);
}

TEST_P(ctrl_c, has_its_default_action_again_after_run) {
    child_process child{[] {
        const auto main = []() -> patio::async<> { co_return; };
        patio::run(main(), options());
        struct sigaction now = {};
        ::sigaction(SIGINT, nullptr, &now);
        const bool is_default = now.sa_handler == SIG_DFL;
        ::sigaction(SIGQUIT, nullptr, &now);
        return is_default && now.sa_handler == SIG_DFL ? 0 : 1;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 0);
}

TEST_P(ctrl_c, reaches_a_forked_child_as_ever) {
    child_process child{[] {
        const auto main = []() -> patio::async<int> {
            child_process grandchild{[] {
                ::kill(::getpid(), SIGINT);
                return 0;
            }};
            grandchild.wait();
            co_await patio::yield();
            co_return grandchild.ended_by_signal();
        };
        return patio::run(main(), options());
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), SIGINT);
}

class ctrl_backslash : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(ctrl_backslash);

TEST_P(ctrl_backslash, prints_the_tasks_and_goes_on) {
    child_process child{[] {
        const auto main = []() -> patio::async<> {
            patio::create_task(wait_long()).set_name("a sleeper");
            co_await wait_long();
        };
        patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("ready\nready"));
    for (int i = 0; i < 2; ++i) {
        child.send(SIGQUIT);
        ASSERT_TRUE(child.wait_for_output("a sleeper"));
    }
    child.send(SIGINT);
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), 0);
}

TEST_P(ctrl_backslash, ends_a_loop_that_stands_still_the_second_time) {
    child_process child{[] {
        const auto main = []() -> patio::async<> {
            ::kill(::getpid(), SIGQUIT);
            say("still here");
            ::kill(::getpid(), SIGQUIT);
            say("not reached");
            co_return;
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGQUIT);
    EXPECT_EQ(child.output(), "still here\n");
}

}  // namespace
