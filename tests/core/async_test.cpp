// SPDX-License-Identifier: MIT

#include <patio/core/async.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

async<int> add(int a, int b) {
    co_await patio::sleep(100ms);
    co_return a + b;
}

async<int> ready(int value) { co_return value; }

TEST(async, runs_nothing_until_it_is_awaited) {
    patio::testing::run([]() -> async<> {
        bool has_run = false;
        auto body = [&]() -> async<> {
            has_run = true;
            co_return;
        };
        auto coroutine = body();
        EXPECT_FALSE(has_run);
        co_await std::move(coroutine);
        EXPECT_TRUE(has_run);
    });
}

TEST(async, gives_its_result_to_the_awaiter) {
    patio::testing::run([]() -> async<> {
        const int sum = co_await add(3, 4);
        EXPECT_EQ(sum, 7);
    });
}

TEST(async, costs_no_turn_if_it_never_waits) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const int value = co_await ready(5);
        EXPECT_EQ(value, 5);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(async, throws_the_exception_of_its_body_into_the_awaiter) {
    patio::testing::run([]() -> async<> {
        auto failing = []() -> async<int> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"boom"};
        };
        std::string seen;
        try {
            co_await failing();
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "boom");
    });
}

TEST(async, throws_what_a_destructor_throws_behind_its_co_return_and_keeps_no_value) {
    patio::testing::run([]() -> async<> {
        struct failing_close {
            ~failing_close() noexcept(false) { throw std::runtime_error{"close failed"}; }
        };
        const auto value = std::make_shared<int>(1);
        auto body = [&]() -> async<std::shared_ptr<int>> {
            const failing_close last;
            co_return value;
        };
        std::string seen;
        try {
            co_await body();
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "close failed");
        EXPECT_EQ(value.use_count(), 1);
    });
}

TEST(async, moves_results_that_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(42); };
        const auto result = co_await make();
        EXPECT_EQ(*result, 42);
    });
}

TEST(async, may_give_a_reference) {
    patio::testing::run([]() -> async<> {
        int target = 1;
        auto find = [&]() -> async<int&> { co_return target; };
        int& found = co_await find();
        found = 2;
        EXPECT_EQ(target, 2);
    });
}

struct alignas(64) wide {
    int value = 0;
};

TEST(async, may_give_an_over_aligned_value) {
    patio::testing::run([]() -> async<> {
        auto make = []() -> async<wide> {
            wide made;
            made.value = 9;
            co_return made;
        };
        const wide result = co_await make();
        EXPECT_EQ(result.value, 9);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&result) % 16, 0U);
    });
}

TEST(async, reports_a_coroutine_that_was_never_awaited) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run_options options;
    options.keep_reports(reports);
    patio::testing::run(
        []() -> async<> {
            { auto forgotten = add(1, 2); }
            co_return;
        },
        options);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::never_awaited);
    EXPECT_TRUE(reports[0].text.starts_with(
        "coroutine 'async<int> add(int, int)' was never awaited (defined at async_test.cpp:"))
        << reports[0].text;
}

TEST(async, is_silent_about_what_an_exception_kept_from_being_awaited) {
    patio::testing::run([]() -> async<> {
        try {
            auto unlucky = add(1, 2);
            throw std::runtime_error{"first"};
        } catch (const std::runtime_error&) {}
        co_return;
    });
}

TEST(async, does_not_grow_the_stack_over_a_million_awaits_that_never_wait) {
    patio::testing::run([]() -> async<> {
        long sum = 0;
        for (int i = 0; i < 1'000'000; ++i)
            sum += co_await ready(1);
        EXPECT_EQ(sum, 1'000'000);
    });
}

async<int> nested(int depth) {
    if (depth == 0) co_return 0;
    const int below = co_await nested(depth - 1);
    co_return below + 1;
}

TEST(async, does_not_grow_the_stack_over_deep_nesting) {
    const int depth = patio::testing::run(nested(100'000));
    EXPECT_EQ(depth, 100'000);
}

}  // namespace
