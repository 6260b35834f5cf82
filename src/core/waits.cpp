// SPDX-License-Identifier: MIT

// The slow halves of sleeping, deadlines and cleanups.

#include "loop_internals.hpp"
#include "text.hpp"

#include <patio/core/detail/task_record.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>

namespace patio {

time_point now() noexcept { return this_thread_loop().now(); }

namespace detail {

namespace {

void begin_sleep(loop_internals& loop, std::int64_t now, std::int64_t until, awaiting_frame frame,
                 std::source_location where) noexcept {
    if (until <= now) {
        if (task_block* task = begin_wait(frame, wait_kind::ready, where)) wake(*task);
        return;
    }
    if (task_block* task = begin_wait(frame, wait_kind::sleep, where)) {
        task->deadline = until;
        loop.timers.add(*task);
    }
}

}  // namespace

void sleep_operation::await_suspend(awaiting_frame frame, std::source_location where) noexcept {
    loop_internals& loop = internals_of_this_thread();
    const std::int64_t now = current_time(loop);
    begin_sleep(loop, now, saturating_add(now, length_), frame, where);
}

void sleep_until_operation::await_suspend(awaiting_frame frame,
                                          std::source_location where) noexcept {
    loop_internals& loop = internals_of_this_thread();
    begin_sleep(loop, current_time(loop), until_, frame, where);
}

// --- finally

finally_scope::~finally_scope() {
    if (body_) body_.destroy();
    if (cleanup_) cleanup_.destroy();
}

/// The body is gone or has ended: the scope turns into a shield around the cleanup (R4). With a
/// grace period it can still be cut itself.
std::coroutine_handle<> finally_scope::begin_cleanup() noexcept {
    is_in_cleanup_ = true;
    set(scope_flag::shield);
    clear(scope_flag::effective);
    clear(scope_flag::cancelled);
    owner->clear(node_flag::pending);
    inner = std::exchange(cleanup_, {});
    promise_of(inner).continue_in_scope(*this,
                                        body_ ? promise_of(body_).call_place() : owner->leaf_place);
    if (grace_ != nanoseconds_max) arm(saturating_add(current_time(*this_loop), grace_));
    return inner;
}

std::coroutine_handle<> finally_scope::child_returned() noexcept {
    if (!is_in_cleanup_) {
        body_ = std::exchange(inner, {});
        return transfer(begin_cleanup());
    }
    const bool is_cut = takes_cancelled();
    leave();
    const promise_base& cleanup = promise_of(inner);
    if (is_cut) [[unlikely]] {
        report_cut();
    } else if (cleanup.state() == frame_state::error) {
        if (body_ && promise_of(body_).state() != frame_state::error) {
            cleanup_error_ = cleanup.error();  // the body was fine: this is the result
        } else {
            text out;
            out << "a cleanup failed after its body had " << (body_ ? "failed" : "been cancelled")
                << " in task '" << name_of(*owner) << "': " << text_of(cleanup.error());
            emit_report(report{report_kind::failed_cleanup, out.c_str(), name_of(*owner)});
        }
    }
    if (body_)
        return transfer(waiter);  // R2: the body's outcome, also when a cancellation is pending
    owner->leaf = waiter;         // the unwinding that destroyed the body goes on
    wake_to_unwind(*owner);
    return std::noop_coroutine();
}

after_child finally_scope::child_unwound() noexcept {
    if (!is_in_cleanup_) {
        owner->leaf = begin_cleanup();
        return after_child::run;
    }
    report_cut();
    return body_ ? after_child::deliver : after_child::pop;
}

void finally_scope::report_cut() noexcept {
    text out;
    out << "a cleanup did not end within its grace period and was cut, in task '" << name_of(*owner)
        << "'";
    emit_report(report{report_kind::failed_cleanup, out.c_str(), name_of(*owner)});
}

void finally_scope::check() {
    if (cleanup_error_) std::rethrow_exception(std::exchange(cleanup_error_, nullptr));
}

}  // namespace detail

// --- deadline

time_point deadline::when() const noexcept {
    const bool is_armed = scope_.timer.kind == detail::wait_kind::scope_deadline;
    if (!is_armed && !expired()) return time_point::never();
    return time_point{duration::nanoseconds(scope_.timer.deadline)};
}

bool deadline::expired() const noexcept { return scope_.has(detail::scope_flag::expired); }

void deadline::reschedule(time_point when) {
    if (scope_.owner == nullptr || scope_.has(detail::scope_flag::left) || expired()) {
        throw usage_error(
            "this deadline has passed or its operation has ended: it cannot be moved");
    }
    if (when == time_point::never()) {
        scope_.disarm();
    } else {
        scope_.arm(when.since_origin().count());
    }
}

void deadline::reschedule(duration from_now) { reschedule(now() + from_now); }

}  // namespace patio
