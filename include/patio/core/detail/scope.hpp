// SPDX-License-Identifier: MIT
#pragma once

// The boundary between an awaiting frame and the frames below it that can be cancelled as one:
// timeout, shield, finally, task group, gather and race are all scopes.
//
// A cancelled scope destroys its child's frames, innermost first, and resumes whoever awaits the
// scope with an ordinary outcome. src/core/cancel.cpp holds the algorithm;
// docs/design/cancellation.md the rules R1–R8.

#include <patio/core/detail/frame.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::detail {

struct group_scope;

/// Who cancelled, why and where. Only made by calls of `cancel()`, never on a deadline.
struct cancel_note {
    std::uint32_t refs = 1;   ///< the scope or task that was cancelled, and the tasks cut by that
    char* reason = nullptr;   ///< owned; null if none was given
    char* by_task = nullptr;  ///< owned; null if it came from outside any task
    place where;
};

PATIO_EXPORT cancel_note* make_cancel_note(const char* reason, place where) noexcept;
PATIO_EXPORT void drop_cancel_note(cancel_note* note) noexcept;
/// **Fails** by throwing task_cancelled with what the note says; it may be null.
[[noreturn]] PATIO_EXPORT void throw_cancelled_by(const cancel_note* note);

/// Bits in `scope::timer.flags`.
namespace scope_flag {
inline constexpr std::uint8_t cancelled = 1;     ///< this scope was cancelled
inline constexpr std::uint8_t effective = 2;     ///< this one or a visible outer one is cancelled
inline constexpr std::uint8_t shield = 4;        ///< outer cancellation is not visible inside
inline constexpr std::uint8_t group = 8;         ///< a `group_scope`
inline constexpr std::uint8_t was_unwound = 16;  ///< the outcome: the child was destroyed
inline constexpr std::uint8_t left = 32;         ///< popped: a late cancel is a no-op
inline constexpr std::uint8_t throwing = 64;     ///< cancellation arrives as an exception
inline constexpr std::uint8_t expired = 128;     ///< cancelled by its deadline
inline constexpr std::uint8_t thrown = 128;      ///< of a throwing scope, which has no deadline:
                                                 ///< `cancelled` was thrown inside of it
}  // namespace scope_flag

/// What the unwinder does once a scope's child frame is gone.
enum class after_child : std::uint8_t {
    pop,      ///< leave the scope and go on outwards
    deliver,  ///< leave it; it has an outcome of its own for its awaiter
    wait,     ///< children still run: the last one will queue the owner again
    run,      ///< a cleanup runs; it queues the owner again
};

/// The node of a scope's deadline in the wheel.
struct deadline_node : wait_node {
    scope* expires = nullptr;
};

/// Invariants: `owner->innermost` leads through `parent` to every scope in which the owner is,
/// innermost first, and ends at the owner's group. `effective` is kept up to date eagerly and goes
/// from false to true only (but for `finally`, which turns into a shield). Touched by the loop's
/// thread only.
struct PATIO_EXPORT scope {
    using loop_affine = void;

    scope* parent = nullptr;
    task_block* owner = nullptr;     ///< null until entered, and for the root group
    std::coroutine_handle<> inner;   ///< the child's frame, owned
    std::coroutine_handle<> waiter;  ///< resumed with the outcome
    deadline_node timer;             ///< its node in the wheel; the flags are the scope's
    cancel_note* note = nullptr;     ///< counted

    scope() noexcept {
        timer.kind = wait_kind::ended;
        timer.expires = this;
    }
    /// Only before it is entered: `timeout(1s, gather(…))` moves the inner one into a frame.
    scope(scope&& unstarted) noexcept;
    scope& operator=(scope&&) = delete;
    virtual ~scope();

    /// R8: whether a child that has ended did so by letting `cancelled` go on; that exception has
    /// arrived then.
    [[nodiscard]] bool takes_cancelled() noexcept;

    /// The child reached its end; called from its final suspension. Returns whom to resume.
    virtual std::coroutine_handle<> child_returned() noexcept;
    /// The unwinder has destroyed the child.
    virtual after_child child_unwound() noexcept { return after_child::pop; }
    /// Its deadline has come. Whether it was put off in the meantime, and is armed again: moving a
    /// node in the wheel for each byte that comes would cost more than a look at the end.
    [[nodiscard]] virtual bool puts_deadline_off() noexcept { return false; }
    /// What reports call it: "timeout", "task group", …
    [[nodiscard]] virtual const char* kind_name() const noexcept { return "scope"; }

    /// Puts the scope between `waiting` and `child_frame`.
    void enter(awaiting_frame waiting, std::coroutine_handle<> child_frame, place where) noexcept;
    /// Takes it out again; what a shield hid becomes pending here.
    void leave() noexcept;
    /// Cancels the scope at `when`, replacing an earlier deadline. Only between enter and leave.
    void arm(std::int64_t when) noexcept;
    void disarm() noexcept;

    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return timer.has(flag); }
    void set(std::uint8_t flag) noexcept { timer.set(flag); }
    void clear(std::uint8_t flag) noexcept { timer.clear(flag); }
};

/// Cancels a scope: marks everything below it now, destroys nothing yet. A second time does
/// nothing.
PATIO_EXPORT void cancel(scope& target, const char* reason, place where) noexcept;
/// Cancels a task: the implicit scope around its root frame.
PATIO_EXPORT void cancel(task_block& target, const char* reason, place where) noexcept;

/// The same check as of tasks. **Fails** ends the program.
PATIO_EXPORT void check_owner(const scope& used) noexcept;

/// For a program that ends: makes every scope below `group` cancelled, shielded or not.
PATIO_EXPORT void break_shields(group_scope& group) noexcept;

/// A scope with tasks in it: task groups, gather, race, and the program's root.
struct PATIO_EXPORT group_scope : scope {
    task_block* first_child = nullptr;  ///< newest first; the live tasks only
    std::size_t live_count = 0;
    task_block* first_failed =
        nullptr;  ///< ended with an error that the group will report; by `next`
    task_block* last_failed = nullptr;
    std::exception_ptr body_error;
    bool cut = false;     ///< the group's own cancellation destroyed its body or a child
    bool closed = false;  ///< settled: takes no more tasks
    bool body_ended = false;

    group_scope() noexcept { set(scope_flag::group); }
    group_scope(group_scope&& unstarted) noexcept : scope{std::move(unstarted)} {
        set(scope_flag::group);
    }
    ~group_scope() override;

    /// A child has ended: the group's policy (fail fast, first wins, …).
    virtual void child_ended(task_block& child) noexcept = 0;
    /// Whether there is an outcome although the group was cut.
    [[nodiscard]] virtual bool is_decided() const noexcept {
        return first_failed != nullptr || body_error != nullptr;
    }
    after_child child_unwound() noexcept override;

    /// The body has ended: waits for the children, or settles at once.
    std::coroutine_handle<> wait_for_children() noexcept;
    /// The last child has ended.
    void drained() noexcept;
    /// Keeps an ended child and its error until the group is destroyed.
    void keep_failed(task_block& child) noexcept;

private:
    std::coroutine_handle<> settle() noexcept;
};

/// For a loop that runs another main: the root group, empty again, as if it had never been
/// cancelled.
PATIO_EXPORT void reopen(group_scope& root) noexcept;

/// The group that `task` lives in.
PATIO_EXPORT group_scope& home_of(const task_block& task) noexcept;

/// Starts a coroutine as a task of `group`; it runs for the first time in the next turn. The caller
/// gets a handle: it must `unref()` it.
///
/// **Fails** with group_closed, or std::bad_alloc; the coroutine then stays with the caller.
PATIO_EXPORT task_block& start_task(group_scope& group, std::coroutine_handle<> root, place where);

/// The cold half of ref(): moves a part of the count into the task's record.
[[gnu::cold]] PATIO_EXPORT void carry_refs(task_block& task) noexcept;
/// Whether the record counts handles too.
[[nodiscard]] PATIO_EXPORT bool has_carried_refs(const task_record& record) noexcept;

inline void ref(task_block& task) noexcept {
    if (task.refs == UINT16_MAX) [[unlikely]]
        carry_refs(task);
    ++task.refs;
}
/// Whether there are more handles than one; the group's own counts while the task runs.
[[nodiscard]] inline bool has_other_handles(const task_block& task) noexcept {
    if (task.refs > 1) return true;
    const task_record* record = task.extra.record();
    return record != nullptr && has_carried_refs(*record);
}
/// Drops a handle; the last one frees the task. A failure that nobody has seen is reported then.
PATIO_EXPORT void unref(task_block& task) noexcept;

[[nodiscard]] inline bool has_ended(const task_block& task) noexcept {
    return task.kind == wait_kind::ended;
}

}  // namespace patio::detail
