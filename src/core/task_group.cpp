// SPDX-License-Identifier: MIT

#include <patio/core/task_group.hpp>

#include "loop_internals.hpp"

#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>

#include <utility>

namespace patio {

namespace detail {

// --- start

ready_handle::ready_handle(start_scope& waiting) noexcept
    : waiting_{&waiting}, state_{state::open} {
    waiting.handle_ = this;
}

ready_handle::ready_handle(ready_handle&& other) noexcept
    : waiting_{std::exchange(other.waiting_, nullptr)}, state_{other.state_} {
    if (other.state_ == state::open) other.state_ = state::closed;
    if (waiting_ != nullptr) waiting_->handle_ = this;
}

ready_handle::~ready_handle() {
    if (waiting_ != nullptr) waiting_->handle_ = nullptr;
}

start_scope* ready_handle::waiting() const {
    if (state_ == state::closed) {
        throw usage_error(
            "ready() was called twice, on a moved-from object, or after its task had ended");
    }
    return waiting_;
}

void ready_handle::say() noexcept {
    start_scope& waiting = *waiting_;
    waiting.close_handle();
    waiting.became_ready();
}

start_scope::start_scope(start_scope&& unstarted) noexcept
    : group_scope{std::move(unstarted)},
      target_{unstarted.target_},
      handle_{std::exchange(unstarted.handle_, nullptr)} {
    body_ended = true;
    if (handle_ != nullptr) handle_->waiting_ = this;
}

start_scope::~start_scope() {
    close_handle();
    leave_target();
    if (child_ != nullptr) unref(*child_);
}

/// From here on the group may end, and `target_` with it: once whoever awaits the start goes on,
/// who may want to try again.
void start_scope::leave_target() noexcept {
    if (std::exchange(is_counted_, false) && --target_.live_count == 0) target_.drained();
}

void start_scope::close_handle() noexcept {
    if (handle_ == nullptr) return;
    handle_->waiting_ = nullptr;
    handle_->state_ = ready_handle::state::closed;
    handle_ = nullptr;
}

std::coroutine_handle<> start_scope::begin(awaiting_frame frame, std::coroutine_handle<> child,
                                           place where) {
    if (target_.closed) throw group_closed{};
    is_counted_ = true;
    ++target_.live_count;
    enter(frame, {}, where);
    try {
        child_ = &start_task(*this, child, where);
    } catch (...) {
        body_error = std::current_exception();
    }
    return wait_for_children();
}

/// The child goes on as a child of the group. In a start that is being cancelled it stays: moved,
/// it would escape the cancellation.
void start_scope::became_ready() noexcept {
    is_ready_ = true;
    if (has(scope_flag::effective)) return;
    move_children(*this, target_);
    is_counted_ = false;
    --target_.live_count;
    drained();
}

void start_scope::child_ended(task_block& child) noexcept {
    close_handle();
    child.set(node_flag::observed);
    has_outcome_ = !(child.has(node_flag::ended_unwound) && has(scope_flag::effective));
}

void start_scope::check() {
    if (body_error) std::rethrow_exception(body_error);
    if (has_outcome_) {
        if (child_->has(node_flag::ended_with_error)) std::rethrow_exception(error_of(*child_));
        if (child_->has(node_flag::ended_unwound)) throw_task_cancelled(*child_);
    }
    if (!is_ready_) {
        throw usage_error(
            "a task that was started with start() ended without having called its ready()");
    }
}

}  // namespace detail

/// Fail fast. A child that was cancelled alone (R6) is no failure of the group.
void task_group::child_ended(detail::task_block& child) noexcept {
    if (!child.has(detail::node_flag::ended_with_error)) return;
    keep_failed(child);
    detail::cancel(*this, nullptr, {});
}

std::coroutine_handle<> task_group::child_returned() noexcept {
    body_ended = true;
    const detail::promise_base& body = detail::promise_of(inner);
    if (takes_cancelled()) {
        cut = true;  // R8: the body was told by an exception and let it go on
        body_ended = false;
    } else if (body.state() == detail::frame_state::error) {
        body_error = body.error();
        detail::cancel(*this, nullptr, {});
    }
    return wait_for_children();
}

void task_group::throw_failures() {
    if (!is_decided()) return;
    exception_group failures;
    bool is_known = false;  // the body often only passes on what it got from a child
    const auto* failed = first_failed;
    for (; failed != nullptr; failed = static_cast<detail::task_block*>(failed->next)) {
        auto& child = const_cast<detail::task_block&>(*failed);
        failures.add(detail::error_of(child), shared_text{detail::name_of(child)});
        is_known = is_known || detail::error_of(child) == body_error;
    }
    if (body_error && !is_known) failures.add(body_error);
    throw failures;
}

}  // namespace patio
