// SPDX-License-Identifier: MIT
#pragma once

// What the options of a `run()` come to, with the environment's word in it.

#include <patio/core/loop.hpp>
#include <patio/io/run_options.hpp>

#include <cstddef>
#include <memory>

namespace patio::detail {

struct run_settings {
    /// **Fails** with usage_error if they contradict each other, or the environment makes no sense.
    explicit run_settings(const run_options& options);

    bool is_debug;
    driver_kind kind;
    on_sigint sigint;
    std::size_t loop_count;
    driver* custom_driver;
    clock* custom_clock;
    duration watchdog_limit;   // zero: none
    duration slow_step_limit;  // zero: none
    report_sink sink;          // empty: standard error
};

/// The driver of this kind. **Fails** with std::system_error if it was asked for and cannot be had;
/// with usage_error if the environment names one that does not exist.
std::unique_ptr<driver> make_driver(driver_kind kind);

}  // namespace patio::detail
