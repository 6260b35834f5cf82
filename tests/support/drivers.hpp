// SPDX-License-Identifier: MIT
#pragma once

// Running one test on both drivers from one source.

#include "support/descriptors.hpp"

#include <patio/io/run_options.hpp>

#include <gtest/gtest.h>

#include <string>

namespace patio::test_support {

/// The base of a suite whose tests run once with each driver, and leave no descriptor behind.
class on_each_driver : public ::testing::TestWithParam<driver_kind> {
protected:
    [[nodiscard]] static run_options options() { return run_options{}.driver(GetParam()); }
    [[nodiscard]] static bool is_uring() { return GetParam() == driver_kind::io_uring; }

private:
    no_descriptor_leak descriptors_;
};

inline std::string driver_name(const ::testing::TestParamInfo<driver_kind>& of) {
    return of.param == driver_kind::epoll ? "epoll" : "uring";
}

}  // namespace patio::test_support

/// Makes the tests of `suite`, which derives from `on_each_driver`, run with both.
#define PATIO_TEST_ON_EACH_DRIVER(suite)                                            \
    INSTANTIATE_TEST_SUITE_P(                                                       \
        drivers, suite,                                                             \
        ::testing::Values(patio::driver_kind::io_uring, patio::driver_kind::epoll), \
        patio::test_support::driver_name)
