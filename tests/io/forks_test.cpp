// SPDX-License-Identifier: MIT

// What the child of a fork can do with what its parent has made. Not under ThreadSanitizer, which
// allows no threads in the child of a program that has some.

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>

#include <unistd.h>

namespace {

using patio::test_support::child_process;

int answer() { return 7; }

patio::async<int> ask(patio::thread_pool& pool) {
    const int result = co_await pool.run(&answer);
    co_return result;
}

/// A child that hangs is ended long before the test is.
void limit_life() { ::alarm(10); }

class forked_pool : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(forked_pool);

TEST_P(forked_pool, starts_threads_of_the_childs_own) {
    patio::thread_pool pool{patio::thread_pool_options{}.threads_max(1)};
    EXPECT_EQ(patio::run(ask(pool), options()), 7);
    EXPECT_EQ(pool.thread_count(), 1U);
    child_process child{[&] {
        limit_life();
        if (pool.thread_count() != 0) return 1;
        if (patio::run(ask(pool), options()) != 7) return 2;
        if (pool.thread_count() != 1) return 3;
        return patio::run(ask(pool), options());
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
    EXPECT_EQ(pool.thread_count(), 1U);
    EXPECT_EQ(patio::run(ask(pool), options()), 7);
}

TEST_P(forked_pool, starts_them_in_the_child_of_a_child) {
    patio::thread_pool pool;
    EXPECT_EQ(patio::run(ask(pool), options()), 7);
    child_process child{[&] {
        limit_life();
        if (patio::run(ask(pool), options()) != 7) return 1;
        child_process grandchild{[&] {
            limit_life();
            return patio::run(ask(pool), options());
        }};
        grandchild.wait();
        return grandchild.exit_status();
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

TEST_P(forked_pool, may_be_destroyed_in_the_child) {
    std::optional<patio::thread_pool> used;
    std::optional<patio::thread_pool> unused;
    used.emplace();
    unused.emplace();
    EXPECT_EQ(patio::run(ask(*used), options()), 7);
    EXPECT_EQ(patio::run(ask(*unused), options()), 7);
    child_process child{[&] {
        limit_life();
        if (patio::run(ask(*used), options()) != 7) return 1;
        used.reset();
        unused.reset();
        return 7;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

TEST_P(forked_pool, says_so_when_a_call_was_made_before_the_fork) {
    patio::thread_pool pool;
    auto call = pool.run(&answer);
    child_process child{[&] {
        limit_life();
        const auto main = [&]() -> patio::async<int> { co_return co_await std::move(call); };
        try {
            return patio::run(main(), options());
        } catch (const patio::usage_error& error) {
            std::printf("%s", error.what());
        }
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(),
              "a function was given to the threads of the parent process: in the child of a fork, "
              "call thread_pool::run() again, inside a patio::run() of its own");
}

}  // namespace
