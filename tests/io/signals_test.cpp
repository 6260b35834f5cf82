// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/signals.hpp>

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::test_support::child_process;

void (*handler_of(int number))(int) {
    struct sigaction now = {};
    ::sigaction(number, nullptr, &now);
    return now.sa_handler;
}

void send(int number) { ::kill(::getpid(), number); }

class listening : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(listening);

TEST_P(listening, gives_signals_in_the_order_of_their_arrival) {
    const auto main = []() -> patio::async<> {
        patio::signals requests{SIGUSR1, SIGHUP, SIGTERM};
        std::vector<int> heard;
        for (const int number : {SIGTERM, SIGUSR1, SIGHUP}) {
            send(number);
            co_await patio::sleep(100us);
        }
        while (heard.size() < 3) {
            const auto number = co_await requests.next();
            heard.push_back(number.value_or(0));
        }
        EXPECT_EQ(heard, (std::vector{SIGTERM, SIGUSR1, SIGHUP}));
    };
    patio::run(main(), options());
}

TEST_P(listening, wakes_a_loop_that_has_nothing_else_to_do) {
    const auto main = []() -> patio::async<std::optional<int>> {
        patio::signals alarms{SIGALRM};
        ::ualarm(2000, 0);
        co_return co_await alarms.next();
    };
    EXPECT_EQ(patio::run(main(), options()), SIGALRM);
}

TEST_P(listening, takes_signals_that_come_together_as_one) {
    const auto main = []() -> patio::async<> {
        patio::signals requests{SIGUSR1};
        for (int i = 0; i < 5; ++i)
            send(SIGUSR1);
        const auto first = co_await requests.next();
        EXPECT_EQ(first, SIGUSR1);
        const auto second = co_await patio::move_on_after(1ms, requests.next());
        EXPECT_FALSE(second.has_value());
    };
    patio::run(main(), options());
}

TEST_P(listening, tells_every_listener) {
    const auto main = []() -> patio::async<> {
        patio::signals one{SIGUSR1};
        patio::signals other{SIGUSR1, SIGUSR2};
        send(SIGUSR1);
        const auto [a, b] = co_await patio::gather(one.next(), other.next());
        EXPECT_EQ(a, SIGUSR1);
        EXPECT_EQ(b, SIGUSR1);
    };
    patio::run(main(), options());
}

TEST_P(listening, tells_the_loops_of_other_threads) {
    // In a child, so that the framework's threads do not take the signal.
    child_process child{[] {
        std::atomic<int> ready = 0;
        const auto main = [&]() -> patio::async<int> {
            patio::signals requests{SIGUSR1};
            if (++ready == 2) send(SIGUSR1);
            const auto number = co_await requests.next();
            co_return number.value_or(0);
        };
        int other_heard = 0;
        std::thread other([&] { other_heard = patio::run(main(), options()); });
        const int heard = patio::run(main(), options());
        other.join();
        return heard == SIGUSR1 && other_heard == SIGUSR1 ? 7 : 1;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7);
}

TEST_P(listening, gives_the_disposition_back_when_the_last_listener_goes) {
    const auto main = []() -> patio::async<> {
        std::signal(SIGUSR2, SIG_IGN);
        auto one = std::make_unique<patio::signals>(SIGUSR2);
        auto other = std::make_unique<patio::signals>(SIGUSR2);
        EXPECT_NE(handler_of(SIGUSR2), SIG_IGN) << "an ignored signal is taken";
        one.reset();
        EXPECT_NE(handler_of(SIGUSR2), SIG_IGN) << "somebody still listens";
        other->close();
        EXPECT_EQ(handler_of(SIGUSR2), SIG_IGN);
        std::signal(SIGUSR2, SIG_DFL);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listening, loses_nothing_when_it_is_cancelled) {
    const auto main = []() -> patio::async<> {
        patio::signals requests{SIGUSR1};
        const auto before = co_await patio::move_on_after(100us, requests.next());
        EXPECT_FALSE(before.has_value());
        send(SIGUSR1);
        const auto after = co_await requests.next();
        EXPECT_EQ(after, SIGUSR1);
    };
    patio::run(main(), options());
}

TEST_P(listening, ends_when_it_is_closed_or_gone_under_the_waiter) {
    const auto main = []() -> patio::async<> {
        for (const bool is_closed_first : {true, false}) {
            auto requests = std::make_unique<patio::signals>(SIGUSR1);
            auto waiting = patio::create_task(requests->next());
            co_await patio::yield();
            if (is_closed_first) requests->close();
            EXPECT_EQ(requests->is_closed(), is_closed_first);
            requests.reset();
            const std::optional<int> number = co_await waiting;
            EXPECT_FALSE(number.has_value());
        }
    };
    patio::run(main(), options());
}

TEST_P(listening, refuses_a_second_task_and_serves_the_first) {
    const auto main = []() -> patio::async<> {
        patio::signals requests{SIGUSR1};
        auto waiting = patio::create_task(requests.next());
        co_await patio::yield();
        try {
            co_await requests.next();
            ADD_FAILURE() << "two tasks wait";
        } catch (const patio::usage_error&) {  // the expected way
        }
        send(SIGUSR1);
        const std::optional<int> number = co_await waiting;
        EXPECT_EQ(number, SIGUSR1);
    };
    patio::run(main(), options());
}

TEST_P(listening, refuses_what_nobody_can_have) {
    const auto main = []() -> patio::async<> {
        for (const int number : {SIGKILL, SIGSTOP, SIGSEGV, 0, -1, 32, 65, 1000}) {
            EXPECT_THROW(patio::signals{number}, patio::usage_error) << number;
        }
        EXPECT_THROW((patio::signals{SIGUSR1, SIGKILL}), patio::usage_error);
        EXPECT_EQ(handler_of(SIGUSR1), SIG_DFL) << "half a listener was left behind";
        co_return;
    };
    patio::run(main(), options());
}

TEST(listening_to_signals, needs_a_running_loop_with_a_driver_of_ours) {
    EXPECT_THROW(patio::signals{SIGUSR1}, patio::usage_error);
    const auto main = []() -> patio::async<> {
        EXPECT_THROW(patio::signals{SIGUSR1}, patio::usage_error);
        co_return;
    };
    patio::testing::run(main());
}

// --- beside run()'s own handling

TEST_P(listening, to_sigint_takes_ctrl_c_away_from_run) {
    child_process child{[] {
        const auto main = []() -> patio::async<int> {
            patio::signals requests{SIGINT};
            int count = 0;
            while (count < 3) {  // neither the first nor the second one ends anything
                send(SIGINT);
                const auto number = co_await requests.next();
                count += number == SIGINT ? 1 : 0;
            }
            co_return count;
        };
        return patio::run(main(), options());
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), 0);
    EXPECT_EQ(child.exit_status(), 3);
}

TEST_P(listening, to_sigint_gives_ctrl_c_back_to_run) {
    child_process child{[] {
        const auto main = []() -> patio::async<> {
            {
                patio::signals requests{SIGINT};
                send(SIGINT);
                const auto number = co_await requests.next();
                if (number != SIGINT) ::_exit(2);
            }
            send(SIGINT);
            co_await patio::sleep(1h);
        };
        try {
            patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
        } catch (const patio::interrupted&) {
            return 5;
        }
        return 1;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 5);
}

TEST_P(listening, to_sigint_in_a_cleanup_leaves_the_second_ctrl_c_deadly) {
    child_process child{[] {
        const auto clean_up = []() -> patio::async<> {
            { const patio::signals requests{SIGINT}; }
            send(SIGINT);  // the second one: run() has used its own up
            co_await patio::sleep(1h);
        };
        const auto body = []() -> patio::async<> {
            send(SIGINT);
            co_await patio::sleep(1h);
        };
        const auto main = [&]() -> patio::async<> { co_await patio::finally(body(), clean_up); };
        patio::run(main(), options().handle_sigint(patio::on_sigint::throws));
        return 1;
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGINT);
}

TEST_P(listening, is_forgotten_in_a_forked_child) {
    const auto main = []() -> patio::async<> {
        const patio::signals requests{SIGTERM};
        child_process child{[] {
            send(SIGTERM);
            return 1;
        }};
        child.wait();
        EXPECT_EQ(child.ended_by_signal(), SIGTERM);
        co_return;
    };
    patio::run(main(), options());
}

}  // namespace
