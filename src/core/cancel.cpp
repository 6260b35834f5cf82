// SPDX-License-Identifier: MIT

// Cancellation by frame destruction: marking, and what a wait does when it is aborted.
// The other half, the unwinder, is in unwind.cpp. docs/design/cancellation.md has the rules R1–R8.

#include <patio/core/detail/scope.hpp>

#include "loop_internals.hpp"
#include "text.hpp"

#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/task_record.hpp>

namespace patio::detail {

namespace {

/// Whether the level of `s` is cancelled as its task sees it: the group of a task counts as
/// cancelled for the task on which `cancel()` was called.
bool is_cancelled_at(const task_block& task, const scope& s) noexcept {
    if (s.has(scope_flag::effective)) return true;
    return task.has(node_flag::cancel_asked) && s.owner != &task;
}

/// The outermost shield between the task and `outer` hides everything inside it from what happens
/// at `outer`: where marking begins.
scope* first_visible(const task_block& task, const scope* outer) noexcept {
    scope* from = task.innermost;
    for (scope* s = task.innermost; s != outer; s = s->parent) {
        if (s->has(scope_flag::shield)) from = s->parent;
    }
    return from;
}

/// R1 and R2: aborts the task's wait if it has not completed. Marks and unlinks only: nothing is
/// destroyed and no coroutine runs in here.
void interrupt(task_block& task) noexcept {
    if (task.has(node_flag::pending)) return;
    task.set(node_flag::pending);
    if (task.kind < first_timer_kind) return;  // running, ready, or ends by itself
    if (task.kind < first_list_kind) {
        internals_of_this_thread().timers.remove(task);
        wake_to_unwind(task);
    } else if (task.kind < first_abortable_kind) {
        node_list::remove(task);
        wake_to_unwind(task);
    } else {
        static_cast<abortable*>(task.payload)->request_cancel(task);
    }
}

/// `outer`, on the chain of `top` or its group, has just become effective for `top`: marks
/// everything below it. Walks the tree of tasks without recursion: groups may be nested as deep as
/// memory lasts.
void spread(task_block& top, scope& top_outer) noexcept {
    task_block* task = &top;
    scope* outer = &top_outer;
    scope* s = first_visible(*task, outer);
    for (;;) {
        if (s != outer) {
            if (s->has(scope_flag::effective)) {
                s = s->parent;
                continue;
            }
            s->set(scope_flag::effective);
            auto* group = s->has(scope_flag::group) ? static_cast<group_scope*>(s) : nullptr;
            if (group == nullptr || group->first_child == nullptr) {
                s = s->parent;
            } else {  // down
                task = group->first_child;
                outer = group;
                s = first_visible(*task, outer);
            }
            continue;
        }
        if (first_visible(*task, outer) == task->innermost) interrupt(*task);
        if (task == &top) return;
        if (task->sibling_next != nullptr) {  // along
            task = task->sibling_next;
            s = first_visible(*task, outer);
            continue;
        }
        task = outer->owner;  // up: the group's owner goes on above the group
        s = outer->parent;
        outer = task == &top ? &top_outer : &home_of(*task);
    }
}

/// Everything below the group looks as if nothing had been cancelled, and has no shields. Walks
/// like spread().
void lower_shields(group_scope& top) noexcept {
    if (top.first_child == nullptr) return;
    group_scope* outer = &top;
    task_block* task = top.first_child;
    scope* s = task->innermost;
    for (;;) {
        if (s != outer) {
            s->clear(scope_flag::shield);
            s->clear(scope_flag::effective);
            auto* group = s->has(scope_flag::group) ? static_cast<group_scope*>(s) : nullptr;
            if (group == nullptr || group->first_child == nullptr) {
                s = s->parent;
            } else {  // down
                outer = group;
                task = group->first_child;
                s = task->innermost;
            }
            continue;
        }
        task->clear(node_flag::pending);
        if (task->sibling_next != nullptr) {  // along
            task = task->sibling_next;
            s = task->innermost;
            continue;
        }
        if (outer == &top) return;
        task = outer->owner;  // up: the group's owner goes on above the group
        s = outer->parent;
        outer = &home_of(*task);
    }
}

/// R8: what was thrown inside of `innermost` and around it has arrived, or has been reported.
void forget_thrown(const task_block& task, scope* innermost) noexcept {
    for (scope* s = innermost; s->owner == &task; s = s->parent) {
        if (s->has(scope_flag::throwing)) s->clear(scope_flag::thrown);
    }
}

void report_swallowed(task_block& task) noexcept {
    text out;
    out << "task '" << name_of(task)
        << "' caught patio::cancelled and went on (its last co_await is at "
        << (task.leaf_place.is_known() ? task.leaf_place.location() : std::source_location{})
        << "): let the exception go on";
    emit_report(report{report_kind::swallowed_cancellation, out.c_str(), name_of(task)});
}

}  // namespace

scope::scope(scope&& unstarted) noexcept : scope{} {
    PATIO_ASSERT(unstarted.owner == nullptr, "an operation was moved after it had started");
}

scope::~scope() {
    if (inner) inner.destroy();
    if (note != nullptr) drop_cancel_note(note);
}

void scope::enter(awaiting_frame waiting, std::coroutine_handle<> child_frame,
                  place where) noexcept {
    PATIO_ASSERT(owner == nullptr, "an operation was awaited twice: make another one");
    owner = this_loop->current;
    owner->leaf_place = where;
    parent = owner->innermost;
    waiter = waiting.handle();
    inner = child_frame;
    // R7: a shield hides the outer level; otherwise it is inherited.
    const bool is_effective =
        has(scope_flag::cancelled) || (!has(scope_flag::shield) && owner->has(node_flag::pending));
    if (is_effective) set(scope_flag::effective);
    owner->innermost = this;
    if (is_effective) {
        owner->set(node_flag::pending);
    } else {
        owner->clear(node_flag::pending);
    }
    if (inner) promise_of(inner).continue_in_scope(*this, where);
}

void scope::leave() noexcept {
    disarm();
    set(scope_flag::left);
    owner->innermost = parent;
    if (is_cancelled_at(*owner, *parent)) {  // R7: what a shield hid appears here
        owner->set(node_flag::pending);
    } else {
        owner->clear(node_flag::pending);
    }
}

bool scope::takes_cancelled() noexcept {
    if (!has(scope_flag::effective) || !ended_by_cancelled(inner)) return false;
    forget_thrown(*owner, this);
    return true;
}

std::coroutine_handle<> scope::child_returned() noexcept {
    const bool is_cut = takes_cancelled();
    leave();
    if (is_cut) [[unlikely]] {  // R8: as if it had been unwound
        if (owner->has(node_flag::pending)) {
            owner->leaf = waiter;
            wake_to_unwind(*owner);
            return std::noop_coroutine();
        }
        set(scope_flag::was_unwound);
    } else if (has(scope_flag::throwing) && has(scope_flag::thrown)) [[unlikely]] {
        forget_thrown(*owner, this);
        // An exception that took the place of `cancelled` speaks for itself.
        if (promise_of(inner).state() != frame_state::error) report_swallowed(*owner);
    }
    return transfer(
        waiter);  // R2: a child that returned is a result, also when a cancellation is pending
}

void scope::arm(std::int64_t when) noexcept {
    disarm();
    timer.kind = wait_kind::scope_deadline;
    timer.deadline = when;
    loop_internals& loop = internals_of_this_thread();
    if (when <= loop.now) loop.look_soon();
    loop.timers.add(timer);
}

void scope::disarm() noexcept {
    if (timer.kind != wait_kind::scope_deadline) return;
    internals_of_this_thread().timers.remove(timer);
    timer.kind = wait_kind::ended;
}

void cancel(scope& target, const char* reason, place where) noexcept {
    if (this_loop == nullptr || this_loop->checks_owners) [[unlikely]]
        check_owner(target);
    if (target.has(scope_flag::cancelled) || target.has(scope_flag::left)) return;
    if (target.has(scope_flag::effective)) {  // the first cancellation counts, and its reason
        target.note = note_around(target);
        if (target.note != nullptr) ++target.note->refs;
        target.set(scope_flag::cancelled);
        return;
    }
    target.set(scope_flag::cancelled);
    if (reason != nullptr || where.is_known()) target.note = make_cancel_note(reason, where);
    if (target.owner == nullptr && !target.has(scope_flag::group)) return;  // takes effect on entry
    target.set(scope_flag::effective);
    if (target.has(scope_flag::group)) {
        auto* child = static_cast<group_scope&>(target).first_child;
        for (; child != nullptr; child = child->sibling_next)
            spread(*child, target);
    }
    if (target.owner != nullptr) spread(*target.owner, target);
}

void cancel(task_block& target, const char* reason, place where) noexcept {
    if (has_ended(target) || target.has(node_flag::cancel_asked)) return;
    if (this_loop == nullptr || this_loop->checks_owners) [[unlikely]]
        check_owner(target);
    target.set(node_flag::cancel_asked);
    note_task_cancel(target, reason, where);
    spread(target, home_of(target));
}

void break_shields(group_scope& group) noexcept {
    lower_shields(group);
    // A shield that is down is cancelled like any scope; each pass may uncover deeper ones.
    for (task_block* task = group.first_child; task != nullptr; task = task->sibling_next)
        spread(*task, group);
}

void move_children(group_scope& from, group_scope& to) noexcept {
    while (task_block* child = from.first_child) {
        scope** above = &child->innermost;  // the end of its chain of scopes
        while (*above != &from)
            above = &(*above)->parent;
        *above = &to;
        unlink_from_group(*child, from);
        --from.live_count;
        link_to_group(*child, to);
        if (to.has(scope_flag::effective)) spread(*child, to);
    }
}

void reopen(group_scope& root) noexcept {
    root.clear(scope_flag::cancelled);
    root.clear(scope_flag::effective);
    root.cut = false;
    if (root.note != nullptr) drop_cancel_note(std::exchange(root.note, nullptr));
}

group_scope& home_of(const task_block& task) noexcept {
    scope* s = task.innermost;
    while (s->owner == &task)
        s = s->parent;
    return static_cast<group_scope&>(*s);
}

}  // namespace patio::detail
