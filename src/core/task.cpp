// SPDX-License-Identifier: MIT

#include <patio/core/task.hpp>

#include "loop_internals.hpp"

#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/report.hpp>

#include "text.hpp"

#include <cstring>
#include <new>

namespace patio {

namespace detail {

// --- life of a block

void link_to_group(task_block& task, group_scope& group) noexcept {
    task.sibling_next = group.first_child;
    if (group.first_child != nullptr) group.first_child->sibling_prev = &task;
    group.first_child = &task;
    ++group.live_count;
}

void unlink_from_group(task_block& task, group_scope& group) noexcept {
    if (task.sibling_prev != nullptr) {
        task.sibling_prev->sibling_next = task.sibling_next;
    } else {
        group.first_child = task.sibling_next;
    }
    if (task.sibling_next != nullptr) task.sibling_next->sibling_prev = task.sibling_prev;
    task.sibling_next = task.sibling_prev = nullptr;
}

task_block& start_task(group_scope& group, std::coroutine_handle<> root, place where) {
    if (group.closed) throw group_closed{};
    if (this_loop == nullptr) {
        throw usage_error(
            "a task was started outside of a running loop: do it inside patio::run()");
    }
    if (this_loop->checks_owners) check_owner(group);
    context_node* context = nullptr;  // a new task sees its spawner's context
    if (const task_block* spawner = this_loop->current) {
        if (const task_record* record = spawner->extra.record()) context = record->context;
    }
    auto& task = *::new (get_block(sizeof(task_block))) task_block;
    task.extra.set_root(root);
    if (context != nullptr) {
        try {
            record_of(task).context = context;
            share_context(context);
        } catch (...) {
            put_block(&task, sizeof(task_block));
            throw;
        }
    }
    promise_base& promise = promise_of(root);
    task.refs = 2;  // the group's and the caller's
    task.leaf = root;
    task.innermost = &group;
    // A new task runs to its first suspension also when it is cancelled already: its destructors
    // then mean something.
    if (group.has(scope_flag::effective)) task.set(node_flag::pending);
    link_to_group(task, group);
    task.since = static_cast<std::uint32_t>(this_loop->now >> 20);
    promise.continue_in_task(task, where.is_known() ? where : promise.definition());
    ++internals_of_this_thread().task_count;
    wake(task);
    return task;
}

namespace {

void free_record(task_record& record) noexcept {
    delete[] record.name;
    if (record.note != nullptr) drop_cancel_note(record.note);
    record.~task_record();
    put_block(&record, sizeof(task_record));
}

/// How many handles move between a task's count and its record's.
constexpr std::uint16_t carried_at_once = 0x8000;

void release_context(task_block& task) noexcept {
    if (task_record* record = task.extra.record()) {
        drop_context(std::exchange(record->context, nullptr));
    }
}

void report_unobserved(task_block& task) noexcept {
    text out;
    const std::source_location spawned = spawn_place_of(task).location();
    out << "task '" << name_of(task) << "' failed and nobody looked: " << text_of(error_of(task))
        << "\n  spawned at " << spawned;
    emit_report(report{report_kind::unobserved_failure, out.c_str(), name_of(task), spawned});
}

}  // namespace

void unref(task_block& task) noexcept {
    if (task.refs > 1) {
        --task.refs;
        return;
    }
    task_record* const record = task.extra.record();
    if (record != nullptr && record->carried_refs > 0) [[unlikely]] {
        record->carried_refs -= carried_at_once;
        task.refs = carried_at_once;
        return;
    }
    // The user's code that runs in here, a report's sink and destructors, may make handles and drop
    // them: by current_task() if the task's own step is the last to hold it. They must not begin
    // this again, so the last handle counts until the end.
    if (task.has(node_flag::ended_with_error) && !task.has(node_flag::observed)) {
        task.set(node_flag::observed);
        report_unobserved(task);
    }
    if (task.leaf) {
        forget_root(task);
        std::exchange(task.leaf, {}).destroy();
    }
    release_context(task);
    if (--task.refs > 0) return;  // somebody has kept one: of a task without a result
    // The watchdog's signal looks at the current task and its name.
    if (this_loop != nullptr && this_loop->current == &task) this_loop->current = nullptr;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (task_record* last_record = task.extra.record()) free_record(*last_record);
    task.~task_block();
    put_block(&task, sizeof(task_block));
}

void carry_refs(task_block& task) noexcept {
    record_of(task).carried_refs += carried_at_once;
    task.refs -= carried_at_once;
}

bool has_carried_refs(const task_record& record) noexcept { return record.carried_refs > 0; }

// --- the record

task_record& record_of(task_block& task) {
    if (task_record* record = task.extra.record()) return *record;
    auto& record = *::new (get_block(sizeof(task_record))) task_record;
    record.root = task.extra.root();
    task.extra.set_record(record);
    return record;
}

place definition_of(const task_block& task) noexcept {
    const auto root = root_frame_of(task);
    if (has_ended(task) || !root) return task.leaf_place;
    const place definition = promise_of(root).definition();
    return definition.is_known() ? definition : task.leaf_place;  // see remember_definition()
}

place spawn_place_of(const task_block& task) noexcept {
    const auto root = root_frame_of(task);
    return root ? promise_of(root).call_place() : place{};
}

const std::exception_ptr& error_of(const task_block& task) noexcept {
    return promise_of(task.leaf).error();
}

const char* name_of(task_block& task) noexcept {
    if (const auto* known = task.extra.record(); known && known->name) return known->name;
    try {
        const place definition = definition_of(task);
        char buffer[128];
        const std::size_t length = short_function_name(
            definition.is_known() ? definition.location().function_name() : "task", buffer,
            sizeof buffer);
        if (std::strcmp(buffer, "task") == 0) return "task";  // it may get to be known
        task_record& record = record_of(task);
        char* const copy = new char[length + 1];
        std::memcpy(copy, buffer, length + 1);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);  // the watchdog's signal may read it at any time
        record.name = copy;
        return copy;
    } catch (...) {
        return "task";
    }
}

void bear_name_of(std::coroutine_handle<> inner) noexcept {
    promise_of(root_frame_of(*this_loop->current)).set_definition(promise_of(inner).definition());
}

// --- cancellation notes

cancel_note* make_cancel_note(const char* reason, place where) noexcept {
    // A cancellation must not fail for want of memory for its reason: what cannot be kept is not.
    auto* note = new (std::nothrow) cancel_note;
    if (note == nullptr) return nullptr;
    note->where = where;
    const auto copy = [](const char* source) {
        char* target = new (std::nothrow) char[std::strlen(source) + 1];
        return target == nullptr ? nullptr : std::strcpy(target, source);
    };
    if (reason != nullptr) note->reason = copy(reason);
    if (this_loop != nullptr && this_loop->current != nullptr) {
        note->by_task = copy(name_of(*this_loop->current));
    }
    return note;
}

void drop_cancel_note(cancel_note* note) noexcept {
    if (--note->refs > 0) return;
    delete[] note->reason;
    delete[] note->by_task;
    delete note;
}

void note_task_cancel(task_block& task, const char* reason, place where) noexcept {
    // The first one counts, also if it was a deadline or a failure, which leave no note.
    if (home_of(task).has(scope_flag::effective)) return inherit_note(task);
    try {
        task_record& record = record_of(task);
        if (record.note == nullptr) record.note = make_cancel_note(reason, where);
    } catch (...) {  // as above
    }
}

cancel_note* note_around(const scope& inner) noexcept {
    for (const scope* s = &inner;;) {
        if (s->has(scope_flag::cancelled)) return s->note;
        if (s->owner == nullptr) return nullptr;
        const bool leaves_owner = s->parent->owner != s->owner;
        if (leaves_owner && s->owner->has(node_flag::cancel_asked)) {
            const task_record* record = s->owner->extra.record();
            return record != nullptr ? record->note : nullptr;
        }
        s = s->parent;
    }
}

void inherit_note(task_block& task) noexcept {
    const task_record* known = task.extra.record();
    if (known != nullptr && known->note != nullptr) return;
    cancel_note* note = note_around(home_of(task));
    if (note == nullptr) return;
    try {
        record_of(task).note = note;
        ++note->refs;
    } catch (...) {  // as above
    }
}

void throw_cancelled_by(const cancel_note* note) {
    if (note == nullptr) throw task_cancelled{};
    throw task_cancelled{shared_text{note->reason}, shared_text{note->by_task},
                         note->where.is_known() ? note->where.location() : std::source_location{}};
}

void throw_task_cancelled(const task_block& task) {
    const task_record* record = task.extra.record();
    throw_cancelled_by(record != nullptr ? record->note : nullptr);
}

// --- joining

void wake_joiners(task_record& record) noexcept {
    while (wait_node* joiner = record.joiners.pop_front()) {
        wake(static_cast<task_block&>(*joiner));
    }
}

void join_operation::await_suspend(awaiting_frame frame, std::source_location where) {
    task_block& target = *target_.block();
    if (has_ended(target) && !is_being_cancelled()) return wait_one_turn(frame, where);
    if (this_loop->checks_owners && !has_ended(target)) [[unlikely]]
        check_owner(target);
    if (&target == this_loop->current) {
        throw usage_error("a task cannot await itself: it would wait for ever");
    }
    task_record& record = record_of(target);
    if (task_block* task = begin_wait(frame, wait_kind::join, where)) {
        task->payload = &target;
        record.joiners.push_back(*task);
    }
}

void join_operation::check(task_block& ended) {
    ended.set(node_flag::observed);
    if (ended.has(node_flag::ended_unwound)) throw_task_cancelled(ended);
}

void throw_instead_of_result(const promise_base& promise) {
    if (promise.state() == frame_state::error) std::rethrow_exception(promise.error());
    throw usage_error(
        "the result of this task is gone: it cannot be copied, and was moved out through another "
        "handle");
}

void wait_one_turn(awaiting_frame frame, place where) noexcept {
    if (this_loop->destroying > 0) refuse_throwing_destructor();
    task_block& task = *this_loop->current;
    task.leaf = frame.handle();
    task.leaf_place = where;
    wake(task);
}

group_scope& root_group() {
    if (this_loop == nullptr) {
        throw usage_error("create_task() needs a running loop: call it inside patio::run()");
    }
    return this_loop->self->root();
}

void drop_frame(std::coroutine_handle<> frame) noexcept {
    const promise_base& promise = promise_of(frame);
    const bool is_unwinding =
        std::uncaught_exceptions() > 0 || (this_loop != nullptr && this_loop->destroying > 0);
    if (!promise.is_started() && !is_unwinding) {
        const std::source_location definition = promise.definition().location();
        char signature[256];
        function_signature(definition.function_name(), signature, sizeof signature);
        text out;
        out << "coroutine '" << signature << "' was never awaited (defined at " << definition
            << ")";
        emit_report(report{report_kind::never_awaited, out.c_str(), "", definition});
    }
    frame.destroy();
}

void awaited_empty(std::source_location where) noexcept {
    misuse("co_await of an empty coroutine or task handle: it was awaited before, or moved from",
           where);
}

}  // namespace detail

bool any_task::done() const noexcept { return block_ != nullptr && detail::has_ended(*block_); }

bool any_task::cancelled() const noexcept {
    return done() && block_->has(detail::node_flag::ended_unwound);
}

bool any_task::cancelling() const noexcept {
    if (block_ == nullptr || done()) return false;
    return block_->has(detail::node_flag::cancel_asked) ||
           detail::home_of(*block_).has(detail::scope_flag::effective);
}

bool any_task::cancel(const char* reason, std::source_location where) const noexcept {
    if (block_ == nullptr || done() || block_->has(detail::node_flag::cancel_asked)) return false;
    detail::cancel(*block_, reason, where);
    return true;
}

const char* any_task::name() const noexcept {
    return block_ == nullptr ? "" : detail::name_of(*block_);
}

void any_task::set_name(const char* name) const {
    if (block_ == nullptr) return;
    auto& record = detail::record_of(*block_);
    char* copy = new char[std::strlen(name) + 1];
    std::strcpy(copy, name);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);  // the watchdog's signal may read it at any time
    char* const before = std::exchange(record.name, copy);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    delete[] before;
    record.is_named = true;
}

any_task current_task() {
    if (detail::this_loop == nullptr || detail::this_loop->current == nullptr) {
        throw usage_error("current_task() was called outside of a task");
    }
    return any_task{*detail::this_loop->current};
}

}  // namespace patio
