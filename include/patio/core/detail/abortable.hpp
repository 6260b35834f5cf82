// SPDX-License-Identifier: MIT
#pragma once

// Waits that are more than a link in a list: the waiting object itself is asked to end.

#include <patio/base/config.hpp>
#include <patio/core/detail/loop_state.hpp>

namespace patio::detail {

/// What the `payload` of a task points to while its kind is `custom` or one of those behind it.
///
/// The operation ends in one of two ways, on the loop's thread: `wake(task)` when it has completed,
/// also if a cancellation was requested meanwhile (a result is never lost), or
/// `wake_to_unwind(task)` when it has been aborted and nothing refers to the frame any more.
class PATIO_EXPORT abortable {
public:
    /// Asked once. What can be ended in user space is ended here, with `wake_to_unwind`; what the
    /// kernel or a thread owns is asked to end, and the task waits for it.
    virtual void request_cancel(task_block& task) noexcept = 0;

protected:
    abortable() noexcept = default;
    abortable(const abortable&) noexcept = default;
    abortable& operator=(const abortable&) noexcept = default;
    ~abortable() = default;
};

}  // namespace patio::detail
