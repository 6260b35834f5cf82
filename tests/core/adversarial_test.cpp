// SPDX-License-Identifier: MIT

// What nobody should do, and what happens if somebody does.

#include <patio/core/core.hpp>

#include <patio/core/async_generator.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::kept_report;
using patio::testing::run;
using test::keeping;

/// Calls a function when it dies.
template <class F>
class at_exit {
public:
    explicit at_exit(F f) : f_{std::move(f)} {}
    at_exit(const at_exit&) = delete;
    at_exit& operator=(const at_exit&) = delete;
    ~at_exit() { f_(); }

private:
    F f_;
};

async<> fail_after(patio::duration length) {
    co_await patio::sleep(length);
    throw std::runtime_error{"boom"};
}

TEST(adversarial, a_failure_taken_by_one_joiner_is_there_for_the_next) {
    int seen = 0;
    run([&]() -> async<> {
        auto first = patio::create_task(fail_after(1s));
        auto second = first;
        try {
            co_await std::move(first);
        } catch (const std::runtime_error&) {
            ++seen;
        }
        try {
            co_await second;
        } catch (const std::runtime_error&) {
            ++seen;
        }
    });
    EXPECT_EQ(seen, 2);
}

TEST(adversarial, a_failure_that_the_body_has_caught_is_still_the_groups) {
    std::string what;
    run([&]() -> async<> {
        auto body = [&](patio::task_group& group) -> async<> {
            try {
                co_await group.spawn(fail_after(1s));
            } catch (const std::runtime_error&) {}
        };
        try {
            co_await patio::with_task_group(body);
        } catch (const patio::exception_group& failures) {
            what = failures.what();
        }
    });
    EXPECT_NE(what.find("boom"), std::string::npos) << what;
}

TEST(adversarial, nested_cleanups_that_hang_end_in_a_deadlock_not_in_an_abort) {
    std::vector<kept_report> reports;
    EXPECT_THROW(run(
                     []() -> async<> {
                         patio::event never;
                         auto hang = [&]() -> async<> { co_await never.wait(); };
                         auto inner = [&]() -> async<> { co_await patio::finally(hang(), hang); };
                         co_await patio::finally(inner(), hang);
                     },
                     keeping(reports)),
                 patio::deadlock);
}

TEST(adversarial, a_handle_may_be_replaced_while_somebody_is_about_to_see_the_result) {
    std::string seen;
    run([&]() -> async<> {
        patio::task<std::string> current;
        auto text = [](const char* of) -> async<std::string> {
            co_await patio::sleep(1s);
            co_return of;
        };
        auto replace = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await patio::yield();  // the task has ended, who awaits it has not run
            current = patio::create_task(text("the second"));
        };
        const auto replacing = patio::create_task(replace);
        current = patio::create_task(text("the first one of two"));
        const std::string result = co_await current;
        seen = result;
    });
    EXPECT_EQ(seen, "the first one of two");
}

}  // namespace
