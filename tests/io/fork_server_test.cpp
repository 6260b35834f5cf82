// SPDX-License-Identifier: MIT

// Not under ThreadSanitizer, which allows no threads in the child of a program that has some.

#include <patio/io/fork_server.hpp>

#include <patio/core/errors.hpp>
#include <patio/io/run.hpp>

#include "support/child_process.hpp"
#include "support/descriptors.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using patio::test_support::child_process;
using patio::test_support::descriptor_count;

bool has_children() {
    siginfo_t told{};
    return ::waitid(P_ALL, 0, &told, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

std::string refusal() {
    try {
        const patio::fork_server server;
    } catch (const patio::usage_error& error) {
        return error.what();
    }
    return "nothing";
}

TEST(fork_server, exists_while_its_object_does_and_leaves_nothing_behind) {
    const std::size_t before = descriptor_count();
    EXPECT_FALSE(patio::fork_server::exists());
    for (int i = 0; i < 3; ++i) {
        const patio::fork_server server;
        EXPECT_TRUE(patio::fork_server::exists());
        EXPECT_TRUE(has_children());
    }
    EXPECT_FALSE(patio::fork_server::exists());
    EXPECT_FALSE(has_children());
    EXPECT_EQ(descriptor_count(), before);
}

TEST(fork_server, is_the_only_one) {
    const patio::fork_server server;
    EXPECT_EQ(refusal(), "there is a patio::fork_server already: one is enough");
}

TEST(fork_server, refuses_to_start_in_a_process_with_other_threads) {
    std::thread other{[] { EXPECT_EQ(refusal().substr(0, 8), "too late"); }};
    other.join();
    const patio::fork_server server;  // the thread is gone
    EXPECT_TRUE(patio::fork_server::exists());
}

TEST(fork_server, refuses_to_start_inside_of_run_beside_its_watchdog) {
    const auto main = []() -> patio::async<std::string> { co_return refusal(); };
    EXPECT_EQ(patio::run(main()).substr(0, 8), "too late");
}

TEST(fork_server, belongs_to_the_process_that_made_it) {
    std::optional<patio::fork_server> server;
    server.emplace();
    child_process child{[&] {
        if (patio::fork_server::exists()) return 1;
        {
            const patio::fork_server own;
            if (!patio::fork_server::exists()) return 2;
        }
        server.reset();  // must not end the parent's
        return 7;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
    EXPECT_TRUE(patio::fork_server::exists());
    server.reset();
    EXPECT_FALSE(has_children());
}

TEST(fork_server, ends_although_a_forked_child_keeps_its_socket) {
    std::optional<patio::fork_server> server;
    server.emplace();
    child_process child{[] {
        std::puts("there");
        std::fflush(stdout);
        ::pause();
        return 0;
    }};
    ASSERT_TRUE(child.wait_for_output("there"));
    server.reset();  // would hang
    EXPECT_FALSE(patio::fork_server::exists());
}

}  // namespace
