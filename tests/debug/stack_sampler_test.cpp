// SPDX-License-Identifier: MIT
// label: threads

// How a thread that is watched comes to its signal handler.

#include "debug/stack_sampler.hpp"

#include <patio/core/detail/loop_state.hpp>

#include <atomic>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

using patio::debug::stack_sampler;
using patio::detail::loop_state;

TEST(stack_sampler, can_be_made_in_a_child_that_was_forked_while_another_thread_made_one) {
    const loop_state here;
    std::atomic<bool> is_over = false;
    std::thread other{[&] {
        const loop_state there;
        while (!is_over)
            const stack_sampler one{there};
    }};
    for (int i = 0; i < 30 && !is_over; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(10);  // it would wait for a thread that is not there
            { const stack_sampler one{here}; }
            ::_exit(7);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        const bool was_made = WIFEXITED(status) && WEXITSTATUS(status) == 7;
        EXPECT_TRUE(was_made) << "child " << i << ", status " << status;
        if (!was_made) is_over = true;
    }
    is_over = true;
    other.join();
}

}  // namespace
