// SPDX-License-Identifier: MIT
#pragma once

// What all frames of Patio's coroutines have in common, so that the loop, the unwinder and the
// stack walker can work on any of them.

#include <patio/base/assert.hpp>
#include <patio/core/detail/frame_pool.hpp>
#include <patio/core/detail/loop_state.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <new>
#include <source_location>
#include <utility>

namespace patio::detail {

/// Where a frame goes when it ends, tagged in the low bits of one word.
enum class continuation : std::uintptr_t {
    parent_frame = 0,  ///< an awaiting frame: symmetric transfer
    task = 1,          ///< the root frame of a task
    scope = 2,         ///< the child of a scope: timeout, shield, group, …
    mask = 3,
};

/// What has become of a frame; kept in the low bits of the word that holds the place of its
/// co_await.
enum class frame_state : std::uintptr_t {
    running = 0,
    value = 1,
    error = 2,
    done = 3,  ///< returned, with nothing to keep
    mask = 3,
};

/// The first member of every promise. Its alignment is at most 16, hence `promise == frame + 16`
/// and any of our frames can be read without knowing its type.
class promise_base {
public:
    explicit promise_base(std::source_location definition) noexcept
        : definition_{place{definition}.data()} {}
    promise_base(const promise_base&) = delete;
    promise_base& operator=(const promise_base&) = delete;
    ~promise_base() {
        if (state() == frame_state::error) error_.~exception_ptr();
    }

    [[gnu::always_inline]] static void* operator new(std::size_t bytes) { return get_block(bytes); }
    [[gnu::always_inline]] static void operator delete(void* block, std::size_t bytes) noexcept {
        put_block(block, bytes);
    }
    // Clang calls these with -fcoro-aligned-allocation, for every frame; the branch is decided at
    // compile time.
    [[gnu::always_inline]] static void* operator new(std::size_t bytes,
                                                     std::align_val_t alignment) {
        if (static_cast<std::size_t>(alignment) <= frame_pool::granule_bytes)
            return get_block(bytes);
        return get_aligned_block(bytes, static_cast<std::size_t>(alignment));
    }
    [[gnu::always_inline]] static void operator delete(void* block, std::size_t bytes,
                                                       std::align_val_t alignment) noexcept {
        if (static_cast<std::size_t>(alignment) <= frame_pool::granule_bytes) {
            put_block(block, bytes);
        } else {
            put_aligned_block(block, bytes, static_cast<std::size_t>(alignment));
        }
    }

    static std::suspend_always initial_suspend() noexcept { return {}; }

    class final_awaiter;
    static final_awaiter final_suspend() noexcept;

    void unhandled_exception() noexcept {
        if (this_loop != nullptr && this_loop->destroying > 0) {
            misuse("a destructor threw while its coroutine was being cancelled");
        }
        remember_definition();  // for the name of the task that failed
        ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
        set_state(frame_state::error);
    }

    // --- for whoever awaits this frame

    void continue_in_frame(std::coroutine_handle<> parent, place where) noexcept {
        continuation_ = reinterpret_cast<std::uintptr_t>(parent.address());
        set_call_place(where);
    }
    void continue_in_task(task_block& task, place where) noexcept {
        continuation_ = reinterpret_cast<std::uintptr_t>(&task) |
                        static_cast<std::uintptr_t>(continuation::task);
        set_call_place(where);
    }
    void continue_in_scope(scope& boundary, place where) noexcept {
        continuation_ = reinterpret_cast<std::uintptr_t>(&boundary) |
                        static_cast<std::uintptr_t>(continuation::scope);
        set_call_place(where);
    }

    [[nodiscard]] bool is_started() const noexcept { return continuation_ != 0; }
    [[nodiscard]] std::uintptr_t continuation_word() const noexcept { return continuation_; }
    [[nodiscard]] frame_state state() const noexcept {
        return static_cast<frame_state>(place_and_state_ &
                                        static_cast<std::uintptr_t>(frame_state::mask));
    }
    /// Where this frame is awaited, or where its task was spawned.
    [[nodiscard]] place call_place() const noexcept {
        return place::from_data(reinterpret_cast<const void*>(
            place_and_state_ & ~static_cast<std::uintptr_t>(frame_state::mask)));
    }
    /// Where the coroutine is defined; unknown once it has thrown.
    [[nodiscard]] place definition() const noexcept {
        return state() == frame_state::error ? place{} : place::from_data(definition_);
    }
    /// For wrappers of ours that stand for a coroutine of the user.
    void set_definition(place definition) noexcept {
        if (state() != frame_state::error) definition_ = definition.data();
    }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
    [[nodiscard]] std::exception_ptr take_error() noexcept { return std::move(error_); }

    void set_state(frame_state state) noexcept {
        place_and_state_ = (place_and_state_ & ~static_cast<std::uintptr_t>(frame_state::mask)) |
                           static_cast<std::uintptr_t>(state);
    }

private:
    void remember_definition() noexcept {
        const auto tag = continuation_ & static_cast<std::uintptr_t>(continuation::mask);
        if (tag != static_cast<std::uintptr_t>(continuation::task)) return;
        reinterpret_cast<task_block*>(continuation_ - tag)->leaf_place =
            place::from_data(definition_);
    }
    void set_call_place(place where) noexcept {
        place_and_state_ = reinterpret_cast<std::uintptr_t>(where.data());
    }

    std::uintptr_t continuation_ = 0;     // 0: not started
    std::uintptr_t place_and_state_ = 0;  // call place | frame_state
    union {
        const void* definition_;    // until …
        std::exception_ptr error_;  // … the state is `error`
    };
};

static_assert(sizeof(promise_base) == 3 * sizeof(void*));

/// The common part of a frame of ours, from its handle.
inline promise_base& promise_of(std::coroutine_handle<> frame) noexcept {
    return std::coroutine_handle<promise_base>::from_address(frame.address()).promise();
}

/// Ends a frame whose continuation is a task or a scope.
PATIO_EXPORT std::coroutine_handle<> end_frame(promise_base& promise) noexcept;

class promise_base::final_awaiter {
public:
    static bool await_ready() noexcept { return false; }
    template <class Promise>
    [[gnu::always_inline]] static std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> ended) noexcept {
        promise_base& promise = ended.promise();
        const std::uintptr_t next = promise.continuation_;
        if ((next & static_cast<std::uintptr_t>(continuation::mask)) == 0) [[likely]] {
            return transfer(std::coroutine_handle<>::from_address(reinterpret_cast<void*>(next)));
        }
        return end_frame(promise);
    }
    static void await_resume() noexcept {}
};

inline promise_base::final_awaiter promise_base::final_suspend() noexcept {
    return final_awaiter{};
}

/// A coroutine of ours that is about to wait: what `await_suspend` of every awaitable takes.
///
/// Only Patio's coroutines can wait for Patio's awaitables: the loop walks, names and unwinds their
/// frames.
class awaiting_frame {
public:
    template <class Promise>
    awaiting_frame(std::coroutine_handle<Promise> frame) noexcept  // NOLINT: converts on purpose
        : frame_{frame} {
        static_assert(std::derived_from<Promise, promise_base>,
                      "Patio's awaitables can be awaited in patio::async<…> coroutines only: "
                      "let this coroutine return patio::async<T>");
    }
    [[nodiscard]] std::coroutine_handle<> handle() const noexcept { return frame_; }

private:
    std::coroutine_handle<> frame_;
};

/// The cold half of `begin_wait`: a task that is to be cancelled does not begin to wait.
[[gnu::cold]] PATIO_EXPORT void refuse_wait(task_block& task) noexcept;

/// Ends the program if the frame is not one of the task's. In debug mode only: it walks the stack.
[[gnu::cold]] PATIO_EXPORT void check_stands_in_task(std::coroutine_handle<> frame,
                                                     const task_block& task) noexcept;

/// What every `await_suspend` of ours begins with. Null: the task is being cancelled; the operation
/// must not start, and the awaiter must not be touched again.
[[gnu::always_inline]] inline task_block* begin_wait(awaiting_frame frame, wait_kind kind,
                                                     place where) noexcept {
    if (this_loop == nullptr || this_loop->current == nullptr) [[unlikely]]
        left_loop();
    loop_state& loop = *this_loop;
    task_block* task = loop.current;
    if (loop.checks_owners) [[unlikely]]
        check_stands_in_task(frame.handle(), *task);
    task->leaf = frame.handle();
    task->leaf_place = where;
    if (task->has(node_flag::pending)) [[unlikely]] {
        refuse_wait(*task);
        return nullptr;
    }
    task->kind = kind;
    // A task that is ready waits for nothing but its turn.
    if (kind != wait_kind::ready) task->since = static_cast<std::uint32_t>(loop.now >> 20);
    return task;
}

/// Ends a throwing scope's wait: throws `patio::cancelled`.
[[noreturn, gnu::cold]] PATIO_EXPORT void throw_cancelled(task_block& task);

/// What every `await_resume` of ours begins with: inside a throwing scope the unwinder does not
/// destroy the waiting frame but resumes it, and the cancellation leaves the awaiter as an
/// exception.
[[gnu::always_inline]] inline void deliver_cancellation() {
    task_block* task = this_loop->current;
    if (task->has(node_flag::throwing)) [[unlikely]]
        throw_cancelled(*task);
}

/// Whether the running task is to be unwound at its next suspension.
[[gnu::always_inline]] inline bool is_being_cancelled() noexcept {
    return this_loop->current->has(node_flag::pending);
}

/// For an operation that is ready, but whose task has used up its step's budget: it completes, and
/// its task goes on in the next turn. Not for a task that is being cancelled: that one must begin
/// to wait, with the operation not done, and so be unwound; ready operations must not keep it
/// alive.
[[gnu::cold]] PATIO_EXPORT void wait_one_turn(awaiting_frame frame, place where) noexcept;

}  // namespace patio::detail
