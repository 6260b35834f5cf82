// SPDX-License-Identifier: MIT

// Cases of CPython's test_events about the loop itself, by their names there, run with each driver
// and in real time. The comment says what Patio does otherwise, if it does.

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include <sys/time.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::test_support::child_process;

class event_loop_tests_mixin : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(event_loop_tests_mixin);

/// Sends this process one SIGALRM, a millisecond from now.
void alarm_soon() {
    itimerval once = {};
    once.it_value.tv_usec = 1000;
    ::setitimer(ITIMER_REAL, &once, nullptr);
}

// Ctrl-C is the signal that a loop hears of.
TEST_P(event_loop_tests_mixin, test_signal_handling_while_selecting) {
    child_process child{[] {
        std::signal(SIGALRM, [](int) { std::raise(SIGINT); });
        const auto main = []() -> async<> {
            alarm_soon();
            co_await patio::sleep(60s);
            std::printf("slept through\n");
        };
        try {
            patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
        } catch (const patio::interrupted&) {
            std::printf("caught\n");
        }
        std::fflush(stdout);
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "caught\n");
    EXPECT_EQ(child.exit_status(), 0);
}

volatile std::sig_atomic_t alarms = 0;

// A signal that is the program's own matter interrupts the system call, but no wait.
TEST_P(event_loop_tests_mixin, test_signal_handling_while_selecting_of_the_program) {
    child_process child{[] {
        std::signal(SIGALRM, [](int) { alarms = alarms + 1; });
        const auto main = []() -> async<bool> {
            bool is_never_short = true;
            alarm_soon();
            while (alarms == 0) {  // this thread may have been slower than the alarm
                const auto begin = patio::now();
                co_await patio::sleep(5ms);
                is_never_short = is_never_short && patio::now() - begin >= patio::duration{5ms};
            }
            co_return is_never_short;
        };
        const bool is_never_short = patio::run(main(), options());
        std::printf("%d alarm, %s", int{alarms}, is_never_short ? "slept" : "woken too early");
        std::fflush(stdout);
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "1 alarm, slept");
    EXPECT_EQ(child.exit_status(), 0);
}

// What waits there is a socket.
TEST_P(event_loop_tests_mixin, test_prompt_cancellation) {
    const auto main = []() -> async<> {
        const auto begin = patio::now();
        const auto waits = []() -> async<> { co_await patio::sleep(1h); };
        const auto task = patio::create_task(waits);
        co_await patio::sleep(1us);  // the loop has waited in the driver
        const auto before = patio::testing::turn();
        patio::current_loop().post([&] { task.cancel(); });
        bool was_cancelled = false;
        try {
            co_await task;
        } catch (const patio::task_cancelled&) {
            was_cancelled = true;
        }
        EXPECT_TRUE(was_cancelled);
        EXPECT_TRUE(task.cancelled());
        EXPECT_LE(patio::testing::turn() - before, 4U);
        EXPECT_LT(patio::now() - begin, patio::duration{10s});
    };
    patio::run(main(), options());
}

// There the kernel's clock may be coarser than the loop's, so that a wait ends a little early and
// is begun again: that may happen now and then, but the loop must not spin.
TEST_P(event_loop_tests_mixin, test_timeout_rounding) {
    using seconds = std::chrono::duration<double>;
    const auto main = []() -> async<> {
        const auto begin = patio::now();
        const auto before = patio::testing::turn();
        for (double length = 1e-2; length > 1e-11; length /= 100)
            co_await patio::sleep(seconds{length});
        EXPECT_LE(patio::testing::turn() - before, 20U);
        EXPECT_GE(patio::now() - begin, patio::duration{10'100us});
    };
    patio::run(main(), options());
}

}  // namespace
