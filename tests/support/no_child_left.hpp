// SPDX-License-Identifier: MIT
#pragma once

// Tests of processes leave none behind.

#include <gtest/gtest.h>

#include <cerrno>

#include <sys/wait.h>

namespace patio::test_support {

/// Fails the test if this process has a child, running or zombie, at the end.
class no_child_left {
public:
    no_child_left() = default;
    no_child_left(const no_child_left&) = delete;
    no_child_left& operator=(const no_child_left&) = delete;
    ~no_child_left() {
        siginfo_t found{};
        const int result = ::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT);
        EXPECT_TRUE(result == -1 && errno == ECHILD)
            << "a child was left behind" << (found.si_pid != 0 ? ", as a zombie" : ", running");
    }
};

}  // namespace patio::test_support
