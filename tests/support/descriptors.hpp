// SPDX-License-Identifier: MIT
#pragma once

// Tests of I/O leave no descriptor behind.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace patio::test_support {

/// How many descriptors this process has, and the one by which they are counted.
inline std::size_t descriptor_count() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Fails the test if there are more, or fewer, at its end than at its beginning.
class no_descriptor_leak {
public:
    no_descriptor_leak() = default;
    no_descriptor_leak(const no_descriptor_leak&) = delete;
    no_descriptor_leak& operator=(const no_descriptor_leak&) = delete;
    ~no_descriptor_leak() { EXPECT_EQ(descriptor_count(), before_) << "descriptors were leaked"; }

private:
    std::size_t before_ = descriptor_count();
};

}  // namespace patio::test_support
