// SPDX-License-Identifier: MIT
#pragma once

// The private side of `loop`, shared by the files of this room.

#include <patio/core/loop.hpp>

#include "post_box.hpp"
#include "timer_wheel.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace patio::detail {

/// How many steps may run before the loop looks at the clock, at posts and at the driver although
/// tasks are ready. A look costs about as much as ten yields; tokio's and condy's number.
inline constexpr std::uint32_t steps_between_looks = 61;

/// The group that `create_task` fills. A failure in it concerns nobody else.
class root_scope final : public group_scope {
public:
    void child_ended(task_block&) noexcept override {}
    [[nodiscard]] const char* kind_name() const noexcept override { return "root"; }

    loop_state* home = nullptr;
};

/// Something that another room keeps with a loop.
struct loop_attachment {
    const void* key;
    void* object;
    void (*destroy)(void*) noexcept;
    loop_attachment* next;
};

class loop_internals : public loop_state {
public:
    loop_internals(loop& owner, driver& waits_, clock& time_)
        : waits{waits_}, time{time_}, box{new post_box{waits_}} {
        self = &owner;
        root.home = this;
    }
    ~loop_internals() { box->drop(); }

    driver& waits;
    clock& time;
    post_box* box;  // outlives the loop as long as a loop_handle is
    timer_wheel timers;
    root_scope root;
    task_block* main = nullptr;  // when it has ended, the loop does not wait any more
    report_sink sink;
    std::size_t task_count = 0;
    std::uint64_t turn_count = 0;
    std::uint64_t shuffle_state = 0;                   // 0: batches run in order
    std::uint64_t look_at_step = steps_between_looks;  // of `step_count`
    int external_count = 0;                            // what may wake the loop from outside
    std::int64_t slow_step = 0;                        // nanoseconds; 0: steps are not measured
    loop_state* outer = nullptr;             // an abandoned loop that this thread was running
    bool is_abandoned = false;               // left behind by a fork
    loop_attachment* attachments = nullptr;  // newest first

    /// A deadline that has passed already must not wait for the next regular look.
    void look_soon() noexcept { look_at_step = 0; }
    void task_ended(const task_block&) noexcept { --task_count; }
    void destroy_attachments() noexcept {
        while (loop_attachment* last = attachments) {
            attachments = last->next;
            last->destroy(last->object);
            delete last;
        }
    }
};

inline loop_internals& internals_of_this_thread() noexcept {
    return static_cast<loop_internals&>(*this_loop);
}

// ownership.cpp
/// Ends the program: "{before}2 tasks{after}: 'a' at x.cpp:12, 'b' at y.cpp:7".
[[noreturn]] void refuse_to_leave(loop& with_tasks, const char* before, const char* after_one,
                                  const char* after_many) noexcept;

/// The task was suspended by an awaitable that is not ours and has told nobody that it waits.
[[gnu::cold]] void begin_foreign_wait(loop_state& loop, task_block& task) noexcept;

// unwind.cpp
/// A task has ended: tells its group and its joiners. Never inside its frame's own final
/// suspension.
void finish(task_block& task, std::coroutine_handle<> root) noexcept;
/// The root frame is about to be destroyed: from here on `leaf_place` says what the task was.
void forget_root(task_block& task) noexcept;
/// Ends the program: a frame goes on although it is being destroyed.
[[noreturn]] void refuse_throwing_destructor() noexcept;
/// R4 and R5: pops scopes, destroying what is below each, until the level outside is not cancelled.
void unwind(loop_state& loop, task_block& task) noexcept;

/// Whether a frame of a throwing scope ended by letting `cancelled` go on.
bool ended_by_cancelled(std::coroutine_handle<> frame) noexcept;

// cancel.cpp
/// Makes the live children of one group those of another. `from` must not be cancelled; if `to` is,
/// so are they. A task keeps its own scopes and their state.
void move_children(group_scope& from, group_scope& to) noexcept;

/// Resumes the task where it waits, and ends it if it has come to its end.
inline void resume_leaf(loop_state& loop, task_block& task) noexcept {
    loop.running = task.leaf.address();
    task.leaf.resume();
    while (loop.bounced) [[unlikely]] {
        std::exchange(loop.bounced, std::coroutine_handle<>{}).resume();
    }
    if (loop.ended != nullptr) {
        task_block& ended = *std::exchange(loop.ended, nullptr);
        finish(ended, ended.leaf);
    } else if (task.kind == wait_kind::running) [[unlikely]] {
        begin_foreign_wait(loop, task);
    }
}

/// One step of a task: from where it waited to where it waits next. Inline, because a yield is
/// hardly more than this.
inline void run_step(loop_state& loop, task_block& task) noexcept {
    loop.current = &task;
    loop.budget = step_budget;
    if (task.has(node_flag::unwinding)) [[unlikely]] {
        unwind(loop, task);
    } else {
        task.kind = wait_kind::running;
        resume_leaf(loop, task);
    }
}

// task.cpp
void wake_joiners(task_record& record) noexcept;
void link_to_group(task_block& task, group_scope& group) noexcept;
void unlink_from_group(task_block& task, group_scope& group) noexcept;  // keeps the count
void note_task_cancel(task_block& task, const char* reason, place where) noexcept;
/// Of the innermost cancellation at this scope or around it; null if that was a deadline or a
/// failure.
cancel_note* note_around(const scope& inner) noexcept;
/// The task takes the note of what cancelled the groups around it, if it has none of its own.
void inherit_note(task_block& task) noexcept;

}  // namespace patio::detail
