// SPDX-License-Identifier: MIT

#include "io/signal_watch.hpp"

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <thread>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::detail::signal_manner;
using patio::detail::signal_watch;
using patio::test_support::child_process;

void (*handler_of(int number))(int) {
    struct sigaction now = {};
    ::sigaction(number, nullptr, &now);
    return now.sa_handler;
}

class signals : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(signals);

TEST_P(signals, become_calls_on_the_loops_thread) {
    const auto main = []() -> patio::async<> {
        int count = 0;
        const signal_watch watch{patio::this_thread_loop(), SIGUSR1, signal_manner::shared,
                                 [&] { ++count; }};
        EXPECT_TRUE(watch.is_active());
        for (int i = 1; i <= 3; ++i) {
            ::kill(::getpid(), SIGUSR1);
            EXPECT_EQ(count, i - 1) << "called inside of the handler";
            while (count < i)
                co_await patio::sleep(10us);
        }
    };
    patio::run(main(), options());
}

TEST_P(signals, of_one_number_that_come_together_are_one_call) {
    const auto main = []() -> patio::async<> {
        int count = 0;
        const signal_watch watch{patio::this_thread_loop(), SIGUSR1, signal_manner::shared,
                                 [&] { ++count; }};
        for (int i = 0; i < 5; ++i)
            ::kill(::getpid(), SIGUSR1);
        while (count == 0)  // on a busy machine timers that are due come first
            co_await patio::sleep(10us);
        co_await patio::sleep(1ms);
        EXPECT_EQ(count, 1);
    };
    patio::run(main(), options());
}

TEST_P(signals, wake_a_loop_that_sleeps) {
    // The name of the origin: EventLoopTestsMixin.test_signal_handling_while_selecting.
    const auto main = []() -> patio::async<> {
        auto sleeper = patio::create_task([]() -> patio::async<> { co_await patio::sleep(1h); });
        const signal_watch watch{patio::this_thread_loop(), SIGALRM, signal_manner::shared,
                                 [&] { sleeper.cancel(); }};
        ::ualarm(2000, 0);
        try {
            co_await sleeper;
        } catch (const patio::task_cancelled&) {  // the expected way
        }
        EXPECT_TRUE(sleeper.cancelled());
    };
    patio::run(main(), options());
}

TEST_P(signals, get_their_disposition_back) {
    const auto main = []() -> patio::async<> {
        std::optional<signal_watch> first;
        std::optional<signal_watch> second;
        first.emplace(patio::this_thread_loop(), SIGUSR1, signal_manner::shared, [] {});
        second.emplace(patio::this_thread_loop(), SIGUSR1, signal_manner::shared, [] {});
        first.reset();
        EXPECT_NE(handler_of(SIGUSR1), SIG_DFL) << "somebody still watches";
        second.reset();
        EXPECT_EQ(handler_of(SIGUSR1), SIG_DFL);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(signals, that_the_program_handles_are_left_alone) {
    const auto main = []() -> patio::async<> {
        std::signal(SIGUSR1, SIG_IGN);
        {
            const signal_watch watch{patio::this_thread_loop(), SIGUSR1, signal_manner::shared,
                                     [] {}};
            EXPECT_FALSE(watch.is_active());
        }
        EXPECT_EQ(handler_of(SIGUSR1), SIG_IGN);
        std::signal(SIGUSR1, SIG_DFL);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(signals, that_are_on_their_way_do_not_outlive_their_watch) {
    int count = 0;
    const auto main = [&]() -> patio::async<> {
        {
            const signal_watch watch{patio::this_thread_loop(), SIGUSR1, signal_manner::shared,
                                     [&] { ++count; }};
            ::kill(::getpid(), SIGUSR1);
        }
        co_await patio::sleep(100us);
    };
    patio::run(main(), options());
    EXPECT_EQ(count, 0);
}

TEST_P(signals, that_come_as_the_loop_ends_leak_nothing) {
    const auto main = []() -> patio::async<> {
        const signal_watch watch{patio::this_thread_loop(), SIGUSR1, signal_manner::shared, [] {}};
        ::kill(::getpid(), SIGUSR1);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(signals, reach_the_loops_of_all_threads) {
    child_process child{[] {
        const auto wait_for_one = [](int number) -> patio::async<> {
            bool has_come = false;
            const signal_watch watch{patio::this_thread_loop(), number, signal_manner::shared,
                                     [&] { has_come = true; }};
            // Once: whichever thread takes it, none is still on its way when the watch has ended.
            ::kill(::getpid(), number);
            while (!has_come)
                co_await patio::sleep(100us);
        };
        std::thread other([&] { patio::run(wait_for_one(SIGUSR1), options()); });
        patio::run(wait_for_one(SIGUSR2), options());
        other.join();
        return 7;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7);
}

}  // namespace
