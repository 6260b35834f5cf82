// SPDX-License-Identifier: MIT
#pragma once

// What only some tasks need: a name, somebody who awaits them, a context, a cancel reason.

#include <patio/base/config.hpp>
#include <patio/core/detail/function_name.hpp>
#include <patio/core/detail/scope.hpp>
#include <patio/core/detail/wait_node.hpp>

namespace patio {
class mutex;
}

namespace patio::detail {

struct context_node;

struct task_record {
    std::coroutine_handle<> root;     ///< null once the frame is gone
    char* name = nullptr;             ///< owned; null: the coroutine's own name is not computed yet
    bool is_named = false;            ///< by the user
    node_list joiners;                ///< tasks that wait for this one
    context_node* context = nullptr;  ///< counted; see context_var
    std::uint64_t carried_refs = 0;   ///< handles that the task's own count has no room for
    mutex* held = nullptr;            ///< the mutexes that the task holds, newest first
    cancel_note* note = nullptr;      ///< counted; of the first cancellation that meant this task
};

/// The task's record, made if there is none. **Fails** with std::bad_alloc.
PATIO_EXPORT task_record& record_of(task_block& task);

/// The frame of the task's own coroutine; null once it is gone.
[[nodiscard]] inline std::coroutine_handle<> root_frame_of(const task_block& task) noexcept {
    const task_record* record = task.extra.record();
    return record != nullptr ? record->root : task.extra.root();
}

/// The name that was set, else the coroutine's function name. Never null.
PATIO_EXPORT const char* name_of(task_block& task) noexcept;

/// Where the task's coroutine is defined; where it was spawned.
PATIO_EXPORT place definition_of(const task_block& task) noexcept;
PATIO_EXPORT place spawn_place_of(const task_block& task) noexcept;

/// A counted reference more, or none if null.
PATIO_EXPORT context_node* share_context(context_node* context) noexcept;
PATIO_EXPORT void drop_context(context_node* context) noexcept;

/// What a joiner of a task that ended by cancellation throws.
[[noreturn]] PATIO_EXPORT void throw_task_cancelled(const task_block& task);

/// The error of a task that failed.
PATIO_EXPORT const std::exception_ptr& error_of(const task_block& task) noexcept;

}  // namespace patio::detail
