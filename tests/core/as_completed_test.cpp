// SPDX-License-Identifier: MIT

#include <patio/core/as_completed.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

async<int> after(patio::duration length, int value) {
    co_await patio::sleep(length);
    co_return value;
}

async<int> fail_after(patio::duration length) {
    co_await patio::sleep(length);
    throw std::runtime_error{"boom"};
}

/// 3, 1, 2: named after when they end.
std::vector<async<int>> three() {
    std::vector<async<int>> operations;
    operations.push_back(after(3s, 3));
    operations.push_back(after(1s, 1));
    operations.push_back(after(2s, 2));
    return operations;
}

TEST(as_completed, gives_results_in_the_order_in_which_they_come) {
    patio::testing::run([]() -> async<> {
        const auto start = patio::now();
        auto results = patio::as_completed(three());
        std::string order;
        while (const auto result = co_await results.next()) {
            order += std::to_string(*result);
            EXPECT_EQ(patio::now() - start, patio::duration::seconds(*result));
        }
        EXPECT_EQ(order, "123");
    });
}

TEST(as_completed, keeps_results_for_one_who_comes_late) {
    patio::testing::run([]() -> async<> {
        const auto start = patio::now();
        auto results = patio::as_completed(three());
        std::string order;
        while (const auto result = co_await results.next()) {
            order += std::to_string(*result);
            co_await patio::sleep(10s);
        }
        EXPECT_EQ(order, "123");
        EXPECT_EQ(patio::now() - start, patio::duration{31s});
    });
}

TEST(as_completed, starts_nothing_before_it_is_asked) {
    patio::testing::run([]() -> async<> {
        bool has_started = false;
        const auto starts = [&]() -> async<> {
            has_started = true;
            co_return;
        };
        std::vector<async<>> operations;
        operations.push_back(starts());
        auto results = patio::as_completed(operations);
        EXPECT_EQ(results.remaining(), 1U);
        co_await patio::yield();
        co_await patio::yield();
        EXPECT_FALSE(has_started);
        const auto result = co_await results.next();
        EXPECT_TRUE(result.has_value());
        EXPECT_TRUE(has_started);
        EXPECT_EQ(results.remaining(), 0U);
    });
}

TEST(as_completed, of_nothing_ends_at_once) {
    patio::testing::run([]() -> async<> {
        auto results = patio::as_completed(std::vector<async<int>>{});
        const auto before = patio::testing::turn();
        const auto result = co_await results.next();
        EXPECT_FALSE(result.has_value());
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(as_completed, throws_the_failure_of_one_and_goes_on_with_the_others) {
    patio::testing::run([]() -> async<> {
        auto operations = three();
        operations.push_back(fail_after(1500ms));
        auto results = patio::as_completed(operations);
        std::string order;
        bool is_over = false;
        while (!is_over) {
            try {
                const auto result = co_await results.next();
                order += result ? std::to_string(*result) : ".";
                is_over = !result;
            } catch (const std::runtime_error& error) {
                order += error.what();
            }
        }
        EXPECT_EQ(order, "1boom23.");
    });
}

TEST(as_completed, tells_that_somebody_else_cancelled_one) {
    patio::testing::run([]() -> async<> {
        patio::any_task victim;
        const auto waits = [&]() -> async<int> {
            victim = patio::current_task();
            co_await patio::sleep(10s);
            co_return 1;
        };
        const auto cancels = [&]() -> async<int> {
            co_await patio::sleep(1s);
            victim.cancel();
            co_return 2;
        };
        std::vector<async<int>> operations;
        operations.push_back(waits());
        operations.push_back(cancels());
        auto results = patio::as_completed(operations);
        const auto first = co_await results.next();
        EXPECT_EQ(first, 2);
        bool was_cancelled = false;
        try {
            static_cast<void>(co_await results.next());
        } catch (const patio::task_cancelled&) {
            was_cancelled = true;
        }
        EXPECT_TRUE(was_cancelled);
    });
}

TEST(as_completed, cancels_what_is_left_when_it_dies) {
    patio::testing::run([]() -> async<> {
        const auto unwound = std::make_shared<int>(0);
        const auto counts = [](std::shared_ptr<int> count, patio::duration length) -> async<int> {
            const std::unique_ptr<int, void (*)(int*)> last{count.get(), [](int* n) { ++*n; }};
            co_await patio::sleep(length);
            co_return 0;
        };
        {
            std::vector<async<int>> operations;
            operations.push_back(counts(unwound, 1s));
            operations.push_back(counts(unwound, 2s));
            operations.push_back(counts(unwound, 3s));
            auto results = patio::as_completed(operations);
            const auto first = co_await results.next();
            EXPECT_TRUE(first.has_value());
            EXPECT_EQ(*unwound, 1);
        }
        co_await patio::yield();
        co_await patio::yield();
        EXPECT_EQ(*unwound, 3);
    });
}

TEST(as_completed, loses_no_result_when_waiting_for_it_is_given_up) {
    patio::testing::run([]() -> async<> {
        auto results = patio::as_completed(three());
        std::string order;
        for (int i = 0; i < 9; ++i) {
            const auto result = co_await patio::move_on_after(600ms, results.next());
            order += result && *result ? std::to_string(**result) : "-";
        }
        EXPECT_EQ(order, "-1-2-3---");
    });
}

TEST(as_completed, shares_its_results_among_all_who_ask) {
    patio::testing::run([]() -> async<> {
        auto results = patio::as_completed(three());
        std::string order;
        const auto asks = [&](char name) -> async<> {
            while (const auto result = co_await results.next()) {
                order += name + std::to_string(*result);
            }
            order += '.';
        };
        co_await patio::gather(asks('a'), asks('b'));
        EXPECT_EQ(order.size(), 8U) << order;
        EXPECT_EQ(order.substr(6), "..");
    });
}

TEST(as_completed, reports_a_failure_that_nobody_asked_for) {
    std::vector<patio::testing::kept_report> reports;
    const auto body = []() -> async<> {
        std::vector<async<int>> operations;
        operations.push_back(after(1s, 1));
        operations.push_back(fail_after(2s));
        auto results = patio::as_completed(operations);
        const auto first = co_await results.next();
        EXPECT_EQ(first, 1);
        co_await patio::sleep(5s);
    };
    patio::testing::run(body, patio::testing::run_options{}.keep_reports(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::unobserved_failure);
    EXPECT_EQ(reports[0].task, "fail_after");
}

TEST(as_completed, leaves_nobody_behind_wherever_its_user_is_cancelled) {
    patio::testing::cancel_everywhere([]() -> async<> {
        auto results = patio::as_completed(three());
        while (const auto result = co_await results.next()) {
            co_await patio::yield();
        }
    });
}

}  // namespace
