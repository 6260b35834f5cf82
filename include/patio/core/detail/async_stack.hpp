// SPDX-License-Identifier: MIT
#pragma once

// The coroutines of a task, from the one that waits or runs out to the task's own.

#include <patio/base/config.hpp>
#include <patio/core/detail/place.hpp>
#include <patio/core/detail/scope.hpp>

#include <coroutine>
#include <cstddef>

namespace patio::detail {

/// One coroutine and where it stands.
struct stack_entry {
    place coroutine;                  ///< where it is defined; unknown once it has thrown
    place waits_at;                   ///< its co_await; unknown for the one that runs
    const scope* boundary = nullptr;  ///< the timeout, group … that it awaits there, if it is one
};

/// Walks the coroutines of a task that has not ended, innermost first.
///
/// Helpers of the library that stand between coroutines of the user (the frame that keeps a called
/// lambda, or makes a coroutine of an operation) are left out.
///
/// **Threads** the task's loop's, also in a signal handler that interrupts it: this only reads.
/// **Cost** a few loads and reading one function name for each coroutine.
class PATIO_EXPORT async_stack {
public:
    explicit async_stack(const task_block& task) noexcept;

    /// False: there is no more, `entry` has become meaningless.
    [[nodiscard]] bool is_valid() const noexcept { return frame_ != nullptr; }
    [[nodiscard]] const stack_entry& entry() const noexcept { return entry_; }
    void advance() noexcept;

private:
    void step_out() noexcept;
    void skip_helpers() noexcept;

    std::coroutine_handle<> frame_;
    stack_entry entry_;
};

/// Where a task that is not running waits, as the user sees it: the innermost co_await that is not
/// in a helper of the library; where it was spawned if there is no such; unknown if it has ended.
[[nodiscard]] PATIO_EXPORT place waiting_place_of(const task_block& task) noexcept;

/// Copies the task's name, or what it would be named, cut to fit; unlike `name_of` it never
/// allocates. **Threads** as above. **Returns** the length.
PATIO_EXPORT std::size_t copy_name(const task_block& task, char* out,
                                   std::size_t out_bytes) noexcept;

/// Prints the running task and its coroutines to standard error: the end of a fatal message.
PATIO_EXPORT void print_running_task() noexcept;

}  // namespace patio::detail
