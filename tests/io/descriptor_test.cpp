// SPDX-License-Identifier: MIT

#include <patio/io/descriptor.hpp>

#include "support/descriptors.hpp"

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace {

using patio::descriptor;
using patio::test_support::descriptor_count;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(descriptor, closes_what_it_owns) {
    const patio::test_support::no_descriptor_leak none;
    const int fd = ::dup(0);
    {
        const descriptor owner{fd};
        EXPECT_TRUE(owner);
        EXPECT_EQ(owner.value(), fd);
        EXPECT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
}

TEST(descriptor, is_none_by_default) {
    const descriptor none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.value(), -1);
}

TEST(descriptor, moves_and_closes_what_it_had) {
    const patio::test_support::no_descriptor_leak none;
    descriptor first{::dup(0)};
    descriptor second{::dup(0)};
    const int kept = first.value();
    const int closed = second.value();
    second = std::move(first);
    EXPECT_EQ(second.value(), kept);
    EXPECT_FALSE(first);  // NOLINT: what is left of it is the point
    EXPECT_FALSE(is_open(closed));
    descriptor third{std::move(second)};
    EXPECT_EQ(third.value(), kept);
    descriptor& same = third;
    third = std::move(same);
    EXPECT_TRUE(is_open(kept));
}

TEST(descriptor, can_be_given_away) {
    const patio::test_support::no_descriptor_leak none;
    descriptor owner{::dup(0)};
    const int fd = owner.release();
    EXPECT_FALSE(owner);
    EXPECT_TRUE(is_open(fd));
    ::close(fd);
}

TEST(descriptor, duplicates_so_that_no_executed_program_inherits) {
    const patio::test_support::no_descriptor_leak none;
    const descriptor made = descriptor::duplicate(0);
    EXPECT_NE(made.value(), 0);
    EXPECT_NE(::fcntl(made.value(), F_GETFD) & FD_CLOEXEC, 0);
    const int closed = descriptor::duplicate(0).value();
    try {
        static_cast<void>(descriptor::duplicate(closed));
        ADD_FAILURE() << "a closed descriptor was duplicated";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
    }
}

}  // namespace
