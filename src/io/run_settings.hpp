// SPDX-License-Identifier: MIT
#pragma once

// What the options of a `run()` come to, with the environment's word in it.

#include <patio/core/loop.hpp>
#include <patio/io/run_options.hpp>

#include <cstddef>

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

}  // namespace patio::detail
