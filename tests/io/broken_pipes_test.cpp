// SPDX-License-Identifier: MIT

#include "io/broken_pipes.hpp"

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace {

using patio::detail::broken_pipes_tolerated;
using patio::test_support::child_process;

void (*sigpipe_handler())(int) {
    struct sigaction now = {};
    ::sigaction(SIGPIPE, nullptr, &now);
    return now.sa_handler;
}

/// Writes to a pipe that nobody reads. **Returns** errno.
int write_in_vain() {
    int ends[2];
    if (::pipe(ends) != 0) return -1;
    ::close(ends[0]);
    const auto count = ::write(ends[1], "x", 1);
    const int error = count < 0 ? errno : 0;
    ::close(ends[1]);
    return error;
}

class broken_pipes : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(broken_pipes);

TEST_P(broken_pipes, do_not_end_a_program_in_run) {
    const auto main = []() -> patio::async<int> { co_return write_in_vain(); };
    EXPECT_EQ(patio::run(main(), options()), EPIPE);
}

TEST_P(broken_pipes, end_a_program_again_after_run) {
    child_process child{[] {
        const auto main = []() -> patio::async<> { co_return; };
        patio::run(main(), options());
        write_in_vain();
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.ended_by_signal(), SIGPIPE);
}

TEST_P(broken_pipes, end_a_child_that_was_forked_in_run) {
    const auto main = []() -> patio::async<> {
        child_process child{[] {
            write_in_vain();
            return 0;
        }};
        child.wait();
        EXPECT_EQ(child.ended_by_signal(), SIGPIPE);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(broken_pipes, end_a_program_that_was_executed_in_run) {
    const auto main = []() -> patio::async<> {
        // Bit 12 of SigIgn is SIGPIPE's; proc(5).
        EXPECT_EQ(std::system("mask=$(sed -n 's/^SigIgn:.*\\(....\\)$/0x\\1/p' /proc/self/status); "
                              "exit $(( (mask >> 12) & 1 ))"),
                  0);
        co_return;
    };
    patio::run(main(), options());
}

TEST(tolerated_broken_pipes, are_counted) {
    {
        const broken_pipes_tolerated outer;
        { const broken_pipes_tolerated inner; }
        EXPECT_NE(sigpipe_handler(), SIG_DFL) << "one of two has ended";
        EXPECT_EQ(write_in_vain(), EPIPE);
    }
    EXPECT_EQ(sigpipe_handler(), SIG_DFL);
}

TEST(tolerated_broken_pipes, leave_alone_what_the_program_has_said) {
    std::signal(SIGPIPE, SIG_IGN);
    {
        const broken_pipes_tolerated here;
        EXPECT_EQ(sigpipe_handler(), SIG_IGN);
    }
    EXPECT_EQ(sigpipe_handler(), SIG_IGN);
    std::signal(SIGPIPE, SIG_DFL);
    {
        const broken_pipes_tolerated here;
        std::signal(SIGPIPE, SIG_IGN);
    }
    EXPECT_EQ(sigpipe_handler(), SIG_IGN) << "said meanwhile";
    std::signal(SIGPIPE, SIG_DFL);
}

}  // namespace
