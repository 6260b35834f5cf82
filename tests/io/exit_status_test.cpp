// SPDX-License-Identifier: MIT

#include <patio/io/exit_status.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace {

using patio::exit_status;

TEST(exit_status, of_a_process_that_exits_is_its_code) {
    EXPECT_TRUE(exit_status::exited(0).success());
    const exit_status failed = exit_status::exited(3);
    EXPECT_FALSE(failed.success());
    EXPECT_EQ(failed.code(), 3);
    EXPECT_EQ(failed.signal(), 0);
    EXPECT_FALSE(failed.core_dumped());
    EXPECT_EQ(failed.to_string(), "exited with code 3");
}

TEST(exit_status, of_a_process_that_a_signal_ends_is_the_signal) {
    const exit_status killed = exit_status::signalled(SIGKILL);
    EXPECT_FALSE(killed.success());
    EXPECT_EQ(killed.code(), -1);
    EXPECT_EQ(killed.signal(), SIGKILL);
    EXPECT_EQ(killed.to_string(), "ended by SIGKILL");
    EXPECT_EQ(exit_status::signalled(SIGRTMIN + 1).to_string(),
              "ended by signal " + std::to_string(SIGRTMIN + 1));
}

TEST(exit_status, says_that_there_is_a_core_file) {
    const exit_status dumped = exit_status::dumped(SIGSEGV);
    EXPECT_TRUE(dumped.core_dumped());
    EXPECT_EQ(dumped.to_string(), "ended by SIGSEGV (core dumped)");
}

TEST(exit_status, is_a_value) {
    EXPECT_EQ(exit_status::exited(9), exit_status::exited(9));
    EXPECT_NE(exit_status::exited(9), exit_status::signalled(9));
    EXPECT_NE(exit_status::signalled(11), exit_status::dumped(11));
}

}  // namespace
