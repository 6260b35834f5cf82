// SPDX-License-Identifier: MIT
#pragma once

// Signals as events of a loop.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/loop.hpp>

#include <cstdint>

namespace patio::detail {

/// How a watched signal behaves beyond being delivered.
enum class signal_manner : std::uint8_t {
    /// Any number of loops hear of it, and it does nothing else.
    shared,
    /// One loop of the process, and once: the second signal meets the default action (SIGINT).
    once,
    /// Any number of loops; a signal that comes before the last one was served meets the default
    /// action, so that a loop that stands still can be ended (SIGQUIT).
    impatient,
    /// What the user asked for: any number of loops, whatever the program did with the signal
    /// before; and while there is one of these, those that are `once` and `impatient` hear nothing.
    taken,
};

/// Calls a function on a loop's thread when a signal has come.
///
/// The handler posts a callback to the loop: posting takes no lock and allocates nothing, and
/// waking the loop is one write(2), so both may be done where a signal interrupts anything
/// (signal-safety(7)). Signals are then served like any other post. Several of the same number that
/// come before the loop gets to them are one call.
///
/// Why not signalfd(2)? Its signals must be blocked in every thread, and threads that were started
/// before, or by other libraries, do not know that; blocked signals also go over to the programs
/// that are executed.
///
/// **Threads** made and destroyed on the loop's thread. The loop's driver must be one of ours.
class PATIO_EXPORT signal_watch {
public:
    /// Begins to watch if the signal's disposition is the default one or ours, and nobody has it
    /// `once`; else it does nothing at all. One that is `taken` always begins, unless the kernel
    /// refuses it.
    signal_watch(loop& target, int number, signal_manner manner, unique_function<void()> serve);
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;
    /// The last watch of a number gives the disposition back.
    ~signal_watch();

    [[nodiscard]] bool is_active() const noexcept { return node_ != nullptr; }

private:
    struct node;
    struct hub;

    node* node_ = nullptr;
};

}  // namespace patio::detail
