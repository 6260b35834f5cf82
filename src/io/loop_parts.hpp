// SPDX-License-Identifier: MIT
#pragma once

// All that one loop of a program needs around it.

#include "monotonic_clock.hpp"
#include "run_settings.hpp"
#include "signal_watch.hpp"

#include <patio/core/loop.hpp>
#include <patio/debug/watchdog.hpp>

#include <memory>
#include <optional>
#include <string>

namespace patio::detail {

/// Makes the thread's timers exact while a loop runs on it. The kernel may delay a wait by the
/// thread's slack, 50 µs by default; prctl(2), PR_SET_TIMERSLACK.
class exact_timers {
public:
    exact_timers() noexcept;
    exact_timers(const exact_timers&) = delete;
    exact_timers& operator=(const exact_timers&) = delete;
    ~exact_timers();

private:
    int slack_before_;
};

/// This thread runs the loop as long as this lives.
class entered_loop {
public:
    explicit entered_loop(loop& ours) : loop_{ours} { loop_.enter(); }
    entered_loop(const entered_loop&) = delete;
    entered_loop& operator=(const entered_loop&) = delete;
    ~entered_loop() { loop_.leave(); }

private:
    loop& loop_;
};

/// A driver of our own, of the asked kind or the best that there is.
struct chosen_driver {
    chosen_driver() = default;
    /// **Fails** with std::system_error if it was asked for by name and cannot be had.
    explicit chosen_driver(driver_kind kind);

    std::unique_ptr<driver> driven;
    std::string why_not_ring;  // empty: it is one, or none was asked for
};

/// Made, used and destroyed on the loop's thread. The order of the members is the order in which
/// they need each other.
struct loop_parts {
    explicit loop_parts(run_settings settings);

    chosen_driver own;  // none: it waits with somebody else's
    monotonic_clock own_clock;
    exact_timers timers;
    loop running;
    entered_loop here;
    std::optional<signal_watch> quit;
    std::optional<debug::watchdog> watcher;
};

}  // namespace patio::detail
