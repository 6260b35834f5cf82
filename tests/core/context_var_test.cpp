// SPDX-License-Identifier: MIT

#include <patio/core/context_var.hpp>

#include <patio/core/async_generator.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::context_var;
using patio::create_task;

TEST(context_var, has_its_default_until_it_is_set) {
    context_var<std::string> user{"nobody"};
    EXPECT_EQ(user.get(), "nobody") << "outside of a task";
    patio::testing::run([&]() -> async<> {
        EXPECT_EQ(user.get(), "nobody");
        user.set("ann");
        EXPECT_EQ(user.get(), "ann");
        user.set("bob");
        EXPECT_EQ(user.get(), "bob");
        user.reset();
        EXPECT_EQ(user.get(), "nobody");
        user.reset();
        co_return;
    });
}

TEST(context_var, cannot_be_set_outside_of_a_task) {
    context_var<int> number{1};
    EXPECT_THROW(number.set(2), patio::usage_error);
}

TEST(context_var, is_inherited_as_it_is_when_a_task_is_spawned) {
    context_var<int> number{0};
    patio::testing::run([&]() -> async<> {
        auto read = [&]() -> async<int> {
            co_await patio::sleep(1s);
            co_return number.get();
        };
        number.set(1);
        const auto first = create_task(read());
        number.set(2);
        const auto second = create_task(read());
        const int a = co_await first;
        const int b = co_await second;
        EXPECT_EQ(a, 1);
        EXPECT_EQ(b, 2);
    });
}

TEST(context_var, set_in_a_task_is_not_seen_outside_of_it) {
    context_var<int> number{0};
    patio::testing::run([&]() -> async<> {
        number.set(1);
        auto write = [&](int value) -> async<int> {
            number.set(value);
            co_await patio::sleep(1s);
            co_return number.get();
        };
        const auto [a, b] = co_await patio::gather(write(10), write(20));
        EXPECT_EQ(a, 10);
        EXPECT_EQ(b, 20);
        EXPECT_EQ(number.get(), 1);
    });
}

TEST(context_var, set_in_an_awaited_coroutine_is_seen_by_its_awaiter) {
    context_var<int> number{0};
    patio::testing::run([&]() -> async<> {
        auto write = [&]() -> async<> {
            number.set(5);
            co_return;
        };
        co_await write();
        EXPECT_EQ(number.get(), 5) << "the same task";
    });
}

TEST(context_var, is_independent_of_others) {
    context_var<int> a{1};
    context_var<int> b{2};
    context_var<int> c{3};
    patio::testing::run([&]() -> async<> {
        a.set(10);
        b.set(20);
        c.set(30);
        auto child = [&]() -> async<> {
            b.reset();
            EXPECT_EQ(a.get(), 10);
            EXPECT_EQ(b.get(), 2);
            EXPECT_EQ(c.get(), 30);
            a.set(11);
            EXPECT_EQ(a.get(), 11);
            co_return;
        };
        co_await create_task(child());
        EXPECT_EQ(a.get(), 10);
        EXPECT_EQ(b.get(), 20);
        EXPECT_EQ(c.get(), 30);
    });
}

TEST(context_var, may_be_bound_for_the_life_of_an_object) {
    context_var<std::string> user{"nobody"};
    patio::testing::run([&]() -> async<> {
        {
            const context_var<std::string>::binding outer{user, "ann"};
            {
                const context_var<std::string>::binding inner{user, "bob"};
                co_await patio::sleep(1s);
                EXPECT_EQ(user.get(), "bob");
            }
            EXPECT_EQ(user.get(), "ann");
        }
        EXPECT_EQ(user.get(), "nobody");
    });
}

TEST(context_var, is_bound_back_when_the_binding_is_unwound) {
    context_var<int> number{0};
    patio::testing::run([&]() -> async<> {
        auto bound = [&]() -> async<> {
            const context_var<int>::binding inner{number, 5};
            co_await patio::sleep(10s);
        };
        const bool has_ended = co_await patio::move_on_after(1s, bound());
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(number.get(), 0);
    });
}

TEST(context_var, restores_what_is_bound_below_others_that_were_set_since) {
    context_var<int> inner{0};
    context_var<int> other{0};
    patio::testing::run([&]() -> async<> {
        inner.set(1);
        {
            const context_var<int>::binding bound{inner, 2};
            other.set(3);
            inner.set(4);
            other.set(5);
        }
        EXPECT_EQ(inner.get(), 1);
        EXPECT_EQ(other.get(), 5);
        co_return;
    });
}

patio::async_generator<int> bind_and_count(context_var<int>& number) {
    const context_var<int>::binding bound{number, 5};
    for (int i = 0;; ++i)
        co_yield i;
}

TEST(context_var, lets_a_binding_die_outside_of_a_task) {
    context_var<int> number{0};
    std::optional<patio::async_generator<int>> numbers;
    patio::testing::run([&]() -> async<> {
        numbers.emplace(bind_and_count(number));
        co_await numbers->next();
        EXPECT_EQ(number.get(), 5);
    });
    numbers.reset();
    EXPECT_EQ(number.get(), 0);
}

TEST(context_var, lets_a_binding_die_in_a_task_that_has_no_values) {
    context_var<int> number{0};
    patio::testing::run([&]() -> async<> {
        std::optional<patio::async_generator<int>> numbers;
        auto begin = [&]() -> async<> {
            numbers.emplace(bind_and_count(number));
            co_await numbers->next();
        };
        co_await create_task(begin);
        numbers.reset();
        EXPECT_EQ(number.get(), 0);
    });
}

TEST(context_var, cannot_be_bound_outside_of_a_task) {
    context_var<int> number{0};
    EXPECT_THROW(const context_var<int>::binding bound(number, 1), patio::usage_error);
}

TEST(context_var, destroys_its_values_wherever_a_task_is_cancelled) {
    const auto value = std::make_shared<int>(1);
    auto body = [&]() -> async<> {
        context_var<std::shared_ptr<int>> shared;
        auto child = [&]() -> async<> {
            co_await patio::sleep(1s);
            shared.set(nullptr);
            co_await patio::sleep(1s);
        };
        shared.set(value);
        co_await patio::gather(child(), child());
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 5U);
    EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
