// SPDX-License-Identifier: MIT

#include <patio/testing/cancel_everywhere.hpp>

#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>

#include "support/simulated.hpp"

#include <chrono>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::cancel_everywhere;
using patio::testing::probe;

TEST(cancel_everywhere, cancels_before_the_start_while_it_waits_and_after_it_was_woken) {
    int not_started = 0;
    int unwound_asleep = 0;
    int woke = 0;
    struct on_exit {
        int& unwound;
        bool is_awake = false;
        explicit on_exit(int& count) : unwound{count} {}
        on_exit(const on_exit&) = delete;
        on_exit& operator=(const on_exit&) = delete;
        ~on_exit() {
            if (!is_awake) ++unwound;
        }
    };
    auto body = [&]() -> async<> {
        if (patio::current_task().cancelling()) ++not_started;
        on_exit watch{unwound_asleep};
        co_await patio::sleep(1s);
        watch.is_awake = true;
        ++woke;
    };
    const std::size_t runs = cancel_everywhere(body);
    EXPECT_EQ(runs, 4U);  // undisturbed, before the start, asleep, woken
    EXPECT_EQ(not_started, 1);
    EXPECT_EQ(unwound_asleep, 2);
    EXPECT_EQ(woke, 2) << "a wait that has completed is never undone";
}

TEST(cancel_everywhere, runs_once_for_each_place_where_the_body_waits) {
    std::size_t started = 0;
    auto body = [&]() -> async<> {
        ++started;
        co_await patio::sleep(1s);
        co_await patio::sleep(1s);
        co_await patio::yield();
    };
    const std::size_t runs = cancel_everywhere(body);
    EXPECT_EQ(runs, started);
    EXPECT_EQ(runs, 1U + 1U + 2U + 2U + 1U);
}

TEST(cancel_everywhere, cancels_only_the_marked_operation) {
    int ends = 0;
    int cuts = 0;
    auto body = [&](probe& marked) -> async<> {
        auto other = []() -> async<> { co_await patio::sleep(2s); };
        co_await patio::gather(marked.cancelled(patio::sleep(1s)), other());
        ++ends;
        if (marked.was_cancelled()) ++cuts;
    };
    const std::size_t runs = cancel_everywhere(body);
    EXPECT_EQ(static_cast<std::size_t>(ends), runs) << "the rest of the body always ends";
    EXPECT_GT(cuts, 0);
    EXPECT_LT(static_cast<std::size_t>(cuts), runs);
}

TEST(cancel_everywhere, says_if_somebody_waits_for_ever_after_a_cancellation) {
    auto body = [](probe& marked) -> async<> {
        test::mailbox letters;
        long items = 0;
        auto send = [&]() -> async<> {
            co_await patio::sleep(1s);
            letters.put(test::counted{items});
        };
        auto receive = [&]() -> async<> { const auto letter = co_await letters.get(); };
        co_await patio::gather(marked.cancelled(send()), receive());
    };
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run_options options;
    options.keep_reports(reports);
    EXPECT_THROW(cancel_everywhere(body, options), patio::deadlock);
}

TEST(cancel_everywhere, lets_failures_of_the_body_out) {
    auto body = []() -> async<> {
        co_await patio::sleep(1s);
        throw std::runtime_error{"boom"};
    };
    EXPECT_THROW(cancel_everywhere(body), std::runtime_error);
}

TEST(cancel_everywhere, fails_if_a_run_makes_a_report) {
    auto body = []() -> async<> {
        auto failing = []() -> async<> {
            throw std::runtime_error{"boom"};
            co_return;
        };
        patio::create_task(failing());
        co_await patio::sleep(1s);
    };
    EXPECT_THROW(cancel_everywhere(body), patio::testing::unexpected_report);
}

TEST(cancel_everywhere, finds_a_cleanup_that_is_left_out) {
    int open = 0;
    auto body = [&]() -> async<> {
        ++open;
        co_await patio::sleep(1s);  // no destructor closes it
        --open;
    };
    cancel_everywhere(body);
    EXPECT_GT(open, 0);
}

TEST(cancel_everywhere, sees_that_a_cleanup_always_runs) {
    int open = 0;
    auto body = [&]() -> async<> {
        auto work = [&]() -> async<> {
            ++open;
            co_await patio::sleep(1s);
        };
        auto close = [&]() -> async<> {
            co_await patio::sleep(1s);
            --open;
        };
        auto guarded = [&]() -> async<> { co_await patio::finally(work(), close); };
        co_await guarded();
    };
    cancel_everywhere(body);
    EXPECT_EQ(open, 0);
}

}  // namespace
