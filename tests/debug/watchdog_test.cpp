// SPDX-License-Identifier: MIT
// label: threads

#include <patio/debug/watchdog.hpp>

#include <patio/base/config.hpp>
#include <patio/core/loop_handle.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/io/run.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// Real time, because a watchdog watches nothing else. What is to be reported blocks until it has
// been, on a busy machine as on a quiet one.

namespace {

using namespace std::chrono_literals;
using patio::async;

constexpr auto limit = 20ms;
/// A report that has not come by then will not come.
constexpr auto patience = 20s;

struct seen {
    std::mutex lock;
    std::vector<std::string> texts;
    std::vector<std::string> tasks;
    std::atomic<bool> has_any = false;
};

bool is_over(const seen& reports, std::chrono::steady_clock::time_point begin) {
    return reports.has_any || std::chrono::steady_clock::now() - begin > patience;
}

/// Blocks in the kernel until it is reported; the report must name this function.
[[gnu::noinline]] void block_in_kernel(const seen& reports) {
    const auto begin = std::chrono::steady_clock::now();
    while (!is_over(reports, begin)) {
        timespec rest{0, std::chrono::nanoseconds{100ms}.count()};
        while (::nanosleep(&rest, &rest) != 0) {}
    }
}

patio::run_options watching(seen& reports) {
    patio::run_options options;
    options.watchdog(limit);
    options.on_report([&reports](const patio::report& report) {
        const std::lock_guard guard{reports.lock};
        if (report.kind() != patio::report_kind::loop_blocked) return;
        reports.texts.emplace_back(report.text());
        reports.tasks.emplace_back(report.task());
        reports.has_any = true;
    });
    return options;
}

async<> sleepy(const seen& reports) {
    co_await patio::sleep(1ms);
    block_in_kernel(reports);
}

TEST(watchdog, names_the_task_and_the_function_that_blocks_in_the_kernel) {
    seen reports;
    patio::run(sleepy(reports), watching(reports));
    ASSERT_GE(reports.texts.size(), 1U);
    EXPECT_EQ(reports.tasks[0], "sleepy");
    const std::string& text = reports.texts[0];
    EXPECT_EQ(text.find("the loop has been blocked for "), 0U) << text;
    EXPECT_NE(text.find("by task 'sleepy' (last co_await at watchdog_test.cpp:"), text.npos)
        << text;
    EXPECT_NE(text.find("block_in_kernel"), text.npos) << text;
    EXPECT_EQ(text.find("patio::loop::turn"), text.npos) << text;
}

TEST(watchdog, speaks_while_the_loop_is_still_blocked) {
    seen reports;
    bool was_in_time = false;
    patio::run(
        [&]() -> async<> {
            co_await patio::sleep(1ms);
            block_in_kernel(reports);
            const std::lock_guard guard{reports.lock};
            was_in_time = !reports.texts.empty();
        },
        watching(reports));
    EXPECT_TRUE(was_in_time);
}

#if !PATIO_HAS_TSAN  // which holds signals back until the program calls something
/// Blocks by computing.
[[gnu::noinline]] void block_by_computing(const seen& reports) {
    const auto begin = std::chrono::steady_clock::now();
    while (!is_over(reports, begin)) {}
}

async<> eager(const seen& reports) {
    co_await patio::sleep(1ms);
    block_by_computing(reports);
}

TEST(watchdog, notices_a_task_that_computes) {
    seen reports;
    patio::run(eager(reports), watching(reports));
    ASSERT_GE(reports.texts.size(), 1U);
    EXPECT_EQ(reports.tasks[0], "eager");
    EXPECT_NE(reports.texts[0].find("block_by_computing"), std::string::npos) << reports.texts[0];
}
#endif

TEST(watchdog, is_silent_while_the_loop_waits) {
    seen reports;
    patio::run([]() -> async<> { co_await patio::sleep(10 * limit); }, watching(reports));
    EXPECT_TRUE(reports.texts.empty()) << reports.texts[0];
}

TEST(watchdog, reports_a_posted_function_without_a_task) {
    seen reports;
    patio::run(
        [&]() -> async<> {
            patio::event is_done;
            patio::current_loop().post([&] {
                block_in_kernel(reports);
                is_done.set();
            });
            co_await is_done.wait();
        },
        watching(reports));
    ASSERT_GE(reports.texts.size(), 1U);
    EXPECT_NE(reports.texts[0].find("by a posted function"), std::string::npos) << reports.texts[0];
}

TEST(watchdog, can_be_turned_off) {
    seen reports;
    auto options = watching(reports);
    options.watchdog(patio::duration{});
    auto block = []() -> async<> {
        timespec rest{0, std::chrono::nanoseconds{10 * limit}.count()};
        while (::nanosleep(&rest, &rest) != 0) {}
        co_return;
    };
    patio::run(block(), options);
    EXPECT_TRUE(reports.texts.empty());
}

volatile std::sig_atomic_t urgent_count = 0;
void count_urgent(int) { urgent_count = urgent_count + 1; }

TEST(watchdog, passes_foreign_signals_on_and_restores_the_handler) {
    struct sigaction mine{};
    struct sigaction before{};
    mine.sa_handler = &count_urgent;
    ::sigaction(SIGURG, &mine, &before);
    urgent_count = 0;
    seen reports;
    patio::run(
        []() -> async<> {
            ::raise(SIGURG);
            co_return;
        },
        watching(reports));
    EXPECT_EQ(urgent_count, 1);
    struct sigaction after{};
    ::sigaction(SIGURG, &before, &after);
    EXPECT_EQ(after.sa_handler, &count_urgent);
}

}  // namespace
