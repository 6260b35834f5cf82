// SPDX-License-Identifier: MIT
#pragma once

// What Patio says when something is wrong that no caller can be told: one structured value, one
// sink.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>

#include <cstdint>
#include <source_location>

namespace patio {

enum class report_kind : std::uint8_t {
    never_awaited,           ///< a coroutine object was destroyed without having run
    loop_blocked,            ///< a task has kept the loop for longer than the watchdog's limit
    slow_step,               ///< the same, measured exactly when the step ended (debug mode)
    unobserved_failure,      ///< a task failed and nobody looked
    secondary_failure,       ///< another failure arrived after the one that was delivered
    failed_cleanup,          ///< a cleanup failed or was cut while there was another outcome
    deadlock,                ///< every task waits and nothing can ever wake one
    swallowed_cancellation,  ///< a throwing scope's body caught `cancelled` and went on
    broken_lock,             ///< a task ended while it held a mutex
    failed_callback,         ///< a posted function threw
    stuck_job,               ///< a function on a thread goes on although its task was cancelled
    other_driver,            ///< io_uring was refused, and the loop waits with epoll (debug mode)
};

/// "never awaited", "loop blocked", …
[[nodiscard]] PATIO_EXPORT const char* name_of(report_kind kind) noexcept;

/// One report. Its texts live until the sink returns: copy what you keep.
class report {
public:
    report(report_kind kind, const char* text, const char* task = "",
           std::source_location where = {}) noexcept
        : kind_{kind}, text_{text}, task_{task}, where_{where} {}

    [[nodiscard]] report_kind kind() const noexcept { return kind_; }
    /// The whole message: one or more lines, without the "patio: " in front and without a newline
    /// at the end.
    [[nodiscard]] const char* text() const noexcept { return text_; }
    /// The name of the task that it is about; empty if there is none.
    [[nodiscard]] const char* task() const noexcept { return task_; }
    /// The place that it is about; line 0 if there is none.
    [[nodiscard]] std::source_location where() const noexcept { return where_; }

private:
    report_kind kind_;
    const char* text_;
    const char* task_;
    std::source_location where_;
};

/// Receives reports. It must not throw: what it throws ends the program.
/// **Threads** `loop_blocked` comes from the watchdog's thread, all others from the loop's.
using report_sink = unique_function<void(const report&)>;

/// Gives a report to the sink of this thread's loop, or prints it to standard error as one block
/// that begins with "patio: ".
PATIO_EXPORT void emit_report(const report& what) noexcept;

namespace detail {
PATIO_EXPORT void print_report(const report& what) noexcept;
}

}  // namespace patio
