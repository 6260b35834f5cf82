// SPDX-License-Identifier: MIT
#pragma once

// The part of a loop that awaiters touch on their fast paths, and the blocks that it schedules.

#include <patio/base/config.hpp>
#include <patio/core/detail/place.hpp>
#include <patio/core/detail/wait_node.hpp>

#include <coroutine>
#include <cstdint>

namespace patio {
class loop;
}

namespace patio::detail {

struct task_block;
struct task_record;
struct scope;

/// The root frame of a task or, for tasks that have a record, the record, which then keeps the
/// frame.
///
/// A running task's `leaf` may be gone already, so no walk leads from it to the root.
class root_or_record {
public:
    void set_root(std::coroutine_handle<> root) noexcept {
        word_ = reinterpret_cast<std::uintptr_t>(root.address());
    }
    void set_record(task_record& record) noexcept {
        word_ = reinterpret_cast<std::uintptr_t>(&record) | 1;
    }
    /// The record, or null.
    [[nodiscard]] task_record* record() const noexcept {
        return (word_ & 1) != 0 ? reinterpret_cast<task_record*>(word_ - 1) : nullptr;
    }
    /// Only without a record; null once the frame is gone.
    [[nodiscard]] std::coroutine_handle<> root() const noexcept {
        return std::coroutine_handle<>::from_address(reinterpret_cast<void*>(word_));
    }

private:
    std::uintptr_t word_ = 0;
};

/// One task: what is queued, timed, cancelled, listed and named. 80 bytes, and its frame beside it.
///
/// While it waits, its links and its deadline belong to the wait: that one slot is the reason why a
/// task can wait for one thing only and why waiting allocates nothing.
struct task_block : wait_node {
    std::coroutine_handle<> leaf;  ///< what to resume; the root frame once the task has ended
    scope* innermost = nullptr;    ///< the innermost scope that it is in; its group at the root
    task_block* sibling_next = nullptr;
    task_block* sibling_prev = nullptr;
    place leaf_place;      ///< its last co_await that suspended
    root_or_record extra;  ///< name, joiners, context, cancel reason: only for those who use them
};

static_assert(sizeof(void*) != 8 || sizeof(task_block) == 80);

/// What a thread's running loop shows to the awaiters.
struct loop_state {
    ready_queue ready;
    task_block* current = nullptr;    ///< the task whose step runs
    void* running = nullptr;          ///< its innermost frame: its `leaf` may be gone by now; null
                                      ///< once the root is being destroyed
    std::coroutine_handle<> bounced;  ///< the transfer that the stack guard took off the stack
    char* stack_limit = nullptr;      ///< below it a transfer goes through `bounced`
    task_block* ended = nullptr;      ///< its root frame has just reached its end
    std::int64_t now = 0;             ///< read at most once per turn: ask current_time()
    std::int32_t budget = 0;       ///< operations that this step may still complete without waiting
    std::int32_t destroying = 0;   ///< the unwinder is destroying frames
    std::uint64_t step_count = 0;  ///< for the watchdog: read from another thread
    loop* self = nullptr;
    bool is_now_stale = false;   ///< this turn began without a look at the clock
    bool checks_owners = false;  ///< debug mode: whoever touches a task must be on its loop
    bool is_in_steps = false;    ///< for the watchdog: it runs a batch and does not wait
    std::uint32_t number = 0;    ///< for messages: the first loop of the process is 1
};

/// The loop that runs on this thread, or null.
[[gnu::tls_model("initial-exec")]] PATIO_EXPORT extern thread_local constinit loop_state* this_loop;

/// How many operations may complete without waiting before a task has to give others a turn.
/// Tokio's number; it bounds how long a task with always-ready operations keeps the loop.
inline constexpr std::int32_t step_budget = 128;

/// Looks at the clock in a busy turn that began without doing so.
[[gnu::cold]] PATIO_EXPORT void refresh_time(loop_state& loop) noexcept;

/// The turn's time: what a new deadline counts from. A loop with much to do does not look at the
/// clock in each turn; a wait that begins in such a turn must not end early for it.
[[gnu::always_inline]] inline std::int64_t current_time(loop_state& loop) noexcept {
    if (loop.is_now_stale) [[unlikely]]
        refresh_time(loop);
    return loop.now;
}

// --- stack-guarded symmetric transfer
//
// GCC does not turn the transfer into a jump at -O0, -O1 and under sanitizers, so a loop of awaits
// that never wait would eat the stack. One compare sends such a transfer back to the loop instead.

[[gnu::always_inline]] inline char* stack_pointer() noexcept {
#if defined(__x86_64__)
    char* p;
    asm("mov %%rsp, %0" : "=r"(p));
    return p;
#elif defined(__aarch64__)
    char* p;
    asm("mov %0, sp" : "=r"(p));
    return p;
#else
    return static_cast<char*>(__builtin_frame_address(0));
#endif
}

/// The cold half: leaves `next` to the loop; ends the program if a frame goes on running while it
/// is being destroyed (a destructor threw: the coroutine's own try block caught it and the frame
/// returns).
[[gnu::cold]] PATIO_EXPORT std::coroutine_handle<> bounce(std::coroutine_handle<> next) noexcept;

/// Ends the program: a coroutine was resumed on a thread that does not run its loop, or outside of
/// its task's step.
[[noreturn, gnu::cold]] PATIO_EXPORT void left_loop() noexcept;

[[gnu::always_inline]] inline std::coroutine_handle<> transfer(
    std::coroutine_handle<> next) noexcept {
    loop_state* loop = this_loop;
    if (loop == nullptr) [[unlikely]]
        left_loop();
    loop->running = next.address();
    if (stack_pointer() < loop->stack_limit) [[unlikely]]
        return bounce(next);
    return next;
}

/// Takes one operation out of the step's budget: for one that is ready, before it is done. False:
/// its task has to suspend for it, so that a stream of ready operations cannot starve the others;
/// see wait_one_turn().
[[gnu::always_inline]] inline bool spend_budget() noexcept { return --this_loop->budget > 0; }

// --- beginning and ending a wait

/// Ends the program if the task belongs to another loop than this thread's, or this thread has
/// none.
[[gnu::cold]] PATIO_EXPORT void check_owner(const task_block& task) noexcept;

/// Makes a task ready: whatever it waited for has happened.
inline void wake(task_block& task) noexcept {
    loop_state* loop = this_loop;
    if (loop == nullptr || loop->checks_owners) [[unlikely]]
        check_owner(task);
    task.kind = wait_kind::ready;
    loop->ready.push(task);
}

/// Makes a task ready for the unwinder: its wait was aborted.
inline void wake_to_unwind(task_block& task) noexcept {
    task.set(node_flag::unwinding);
    wake(task);
}

}  // namespace patio::detail
