// SPDX-License-Identifier: MIT

// The unwinder: destroys the frames between a waiting place and the outermost cancelled scope,
// innermost first, and resumes whoever awaits that scope. And how tasks and groups end, since both
// meet here.

#include <patio/core/detail/scope.hpp>

#include "loop_internals.hpp"

#include <patio/core/async_generator.hpp>
#include <patio/core/cancelled.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sync/mutex.hpp>

namespace patio::detail {

namespace {

/// Destroys frames with the stack guard at the top of the address space. A destructor that throws
/// in here is caught by the coroutine's own try block, and the frame would go on and *return to its
/// awaiter*: with this guard that transfer takes the cold path, where `destroying` traps it.
void destroy_frame(loop_state& loop, std::coroutine_handle<> frame) noexcept {
    char* const limit = loop.stack_limit;
    loop.stack_limit = reinterpret_cast<char*>(UINTPTR_MAX);
    ++loop.destroying;
    frame.destroy();
    --loop.destroying;
    loop.stack_limit = limit;
}

}  // namespace

void forget_root(task_block& task) noexcept {
    if (task_record* record = task.extra.record()) {
        record->root = {};
    } else {
        task.extra.set_root({});
    }
}

void finish(task_block& task, std::coroutine_handle<> root) noexcept {
    group_scope& group = home_of(task);
    unlink_from_group(task, group);  // first: the destructors below may walk through the group
    task.kind = wait_kind::ended;
    task.leaf = root;
    task.innermost = nullptr;
    // Without a result there is no reason to keep the frame, and a good one not to: whoever awaits
    // the task may rely on what the destructors of its parameters do.
    if (root && promise_of(root).state() == frame_state::done) {
        forget_root(task);
        task.leaf = {};
        root.destroy();
    }
    internals_of_this_thread().task_ended(task);
    --group.live_count;
    // The group's own cancellation cut this child.
    if (task.has(node_flag::ended_unwound) && group.has(scope_flag::effective)) group.cut = true;
    group.child_ended(task);
    if (task_record* record = task.extra.record()) {
        if (record->held != nullptr) [[unlikely]]
            break_held_mutexes(task);
        wake_joiners(*record);
    }
    if (group.live_count == 0) group.drained();
    unref(task);
}

namespace {

/// Whether frames below `s` run that a throwing scope of this task wants to be told by an exception
/// (R8).
bool is_to_be_thrown(const task_block& task, const scope& s) noexcept {
    if (!s.inner || s.inner.done()) return false;  // a group's body that has ended
    for (const scope* outer = &s; outer->owner == &task; outer = outer->parent) {
        if (outer->has(scope_flag::throwing)) return true;
    }
    return false;
}

}  // namespace

void unwind(loop_state& loop, task_block& task) noexcept {
    task.kind = wait_kind::running;
    for (;;) {
        scope* s = task.innermost;
        if (s->owner != &task) {  // nothing left but the root frame
            const std::coroutine_handle<> root = root_frame_of(task);
            task.leaf_place = promise_of(root).definition();
            task.set(node_flag::ended_unwound);
            if (has_other_handles(task)) inherit_note(task);  // somebody may ask why
            forget_root(task);
            loop.running = nullptr;
            destroy_frame(loop, root);
            finish(task, {});
            return;
        }
        if (is_to_be_thrown(task, *s)) [[unlikely]] {
            task.set(node_flag::throwing);  // its await_resume will throw
            task.clear(node_flag::unwinding);
            resume_leaf(loop, task);
            return;
        }
        // Whoever looks at the task from inside a destructor sees what will be left of it.
        task.leaf = s->waiter;
        loop.running = s->waiter.address();
        if (s->inner) {
            task.leaf_place = promise_of(s->inner).call_place();
            destroy_frame(loop, std::exchange(s->inner, {}));
        }
        const after_child what = s->child_unwound();
        if (what == after_child::wait) return;
        if (what == after_child::run) {
            task.clear(node_flag::unwinding);
            resume_leaf(loop, task);
            return;
        }
        s->leave();
        if (what == after_child::deliver || !task.has(node_flag::pending)) {
            if (what != after_child::deliver) s->set(scope_flag::was_unwound);
            task.clear(node_flag::unwinding);
            task.leaf = s->waiter;
            resume_leaf(loop, task);
            return;
        }
    }
}

void destroy_suspended(std::coroutine_handle<> frame) noexcept {
    if (this_loop != nullptr) {
        destroy_frame(*this_loop, frame);
    } else {
        frame.destroy();
    }
}

void throw_generator_in_use() {
    throw usage_error(
        "a generator was asked for its next item while it is still making one: its items are for "
        "one task at a time");
}

void refuse_throwing_destructor() noexcept {
    misuse(
        "a destructor threw while its coroutine was being cancelled: destructors of objects that "
        "live across a co_await must not throw");
}

std::coroutine_handle<> bounce(std::coroutine_handle<> next) noexcept {
    if (this_loop->destroying > 0) refuse_throwing_destructor();
    this_loop->bounced = next;
    return std::noop_coroutine();
}

void refuse_wait(task_block& task) noexcept {
    if (this_loop->destroying > 0) refuse_throwing_destructor();
    wake_to_unwind(task);
}

void throw_cancelled(task_block& task) {
    task.clear(node_flag::throwing);
    for (scope* s = task.innermost; s->owner == &task; s = s->parent) {
        if (s->has(scope_flag::throwing)) s->set(scope_flag::thrown);
    }
    throw cancelled{};
}

bool ended_by_cancelled(std::coroutine_handle<> frame) noexcept {
    const promise_base& promise = promise_of(frame);
    if (promise.state() != frame_state::error) return false;
    try {
        std::rethrow_exception(promise.error());
    } catch (const cancelled&) {
        return true;
    } catch (...) {
        return false;
    }
}

std::coroutine_handle<> end_frame(promise_base& promise) noexcept {
    const std::uintptr_t next = promise.continuation_word();
    const std::uintptr_t tag = next & static_cast<std::uintptr_t>(continuation::mask);
    if (tag == static_cast<std::uintptr_t>(continuation::scope)) {
        return reinterpret_cast<scope*>(next - tag)->child_returned();
    }
    if (this_loop->destroying > 0) refuse_throwing_destructor();
    auto& task = *reinterpret_cast<task_block*>(next - tag);
    task.leaf = std::coroutine_handle<promise_base>::from_promise(promise);
    if (promise.state() == frame_state::error) {
        task.set(node_flag::ended_with_error);
    } else {
        task.leaf_place = promise.definition();
    }
    this_loop->ended = &task;  // finished after resume() has returned
    return std::noop_coroutine();
}

// --- groups

group_scope::~group_scope() {
    while (first_failed != nullptr) {
        task_block* failed = first_failed;
        first_failed = static_cast<task_block*>(failed->next);
        unref(*failed);
    }
}

void group_scope::keep_failed(task_block& child) noexcept {
    ref(child);
    child.set(node_flag::observed);
    child.next = nullptr;
    if (last_failed != nullptr) {
        last_failed->next = &child;
    } else {
        first_failed = &child;
    }
    last_failed = &child;
}

/// All children have ended and nothing of the body runs: there is an outcome to deliver, or the
/// unwinder goes on outwards (R4).
std::coroutine_handle<> group_scope::settle() noexcept {
    closed = true;
    const bool is_outside_cancelled =
        parent->has(scope_flag::effective) ||
        (owner->has(node_flag::cancel_asked) && parent->owner != owner);
    if (is_decided() || !(cut && is_outside_cancelled)) {
        leave();
        return waiter;
    }
    wake_to_unwind(*owner);
    return {};
}

void group_scope::drained() noexcept {
    if (owner == nullptr || owner->kind != wait_kind::children || owner->innermost != this) return;
    if (owner->has(node_flag::unwinding)) {
        wake(*owner);
    } else if (const std::coroutine_handle<> next = settle()) {
        owner->leaf = next;
        wake(*owner);
    }
}

std::coroutine_handle<> group_scope::wait_for_children() noexcept {
    if (live_count > 0) {
        owner->kind = wait_kind::children;
        owner->since = static_cast<std::uint32_t>(this_loop->now >> 20);
        owner->leaf = waiter;  // the frames that the body called are gone
        if (inner) owner->leaf_place = promise_of(inner).call_place();
        return std::noop_coroutine();
    }
    owner->kind = wait_kind::running;  // of a fan that could start nothing it was `children`
    const std::coroutine_handle<> next = settle();
    return next ? transfer(next) : std::noop_coroutine();
}

after_child group_scope::child_unwound() noexcept {
    if (!body_ended) cut = true;
    if (live_count > 0) {
        owner->kind = wait_kind::children;
        owner->since = static_cast<std::uint32_t>(this_loop->now >> 20);
        return after_child::wait;
    }
    closed = true;
    return is_decided() ? after_child::deliver : after_child::pop;
}

}  // namespace patio::detail
