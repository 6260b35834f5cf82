// SPDX-License-Identifier: MIT

#include <patio/io/detail/remote_call.hpp>

#include "loop_set.hpp"

#include <patio/base/assert.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>

#include <utility>

namespace patio::detail {

remote_call::remote_call(remote_call&& unstarted) noexcept : target_{std::move(unstarted.target_)} {
    PATIO_ASSERT(unstarted.waiting_ == nullptr, "an operation was moved after it had started");
}

void remote_call::await_suspend(awaiting_frame frame, std::source_location where) noexcept {
    PATIO_ASSERT(waiting_ == nullptr, "an operation was awaited twice: make another one");
    task_block* task = begin_wait(frame, wait_kind::remote_call, where);
    if (task == nullptr) return;
    waiting_ = task;
    where_ = where;
    task->payload = static_cast<abortable*>(this);
    home_ = loop_ref::of(*this_loop->self);
    request_.call_ = cancel_.call_ = this;
    request_.call = begin;
    request_.drop = refuse;
    if (target_.post(request_)) {
        this_loop->self->add_external(1);
    } else {
        outcome_ = outcome::loop_ended;
        wake(*task);
    }
}

void remote_call::check() {
    deliver_cancellation();
    if (outcome_ == outcome::loop_ended) throw loop_ended{};
    if (outcome_ != outcome::value) std::rethrow_exception(std::move(error_));
}

// --- on the target's thread

void remote_call::begin(callback_node& request) {
    remote_call& call = of(request);
    if (__atomic_load_n(&call.is_cancel_wanted_, __ATOMIC_RELAXED)) {
        call.outcome_ = outcome::cut;  // its message says the rest
        call.reply();
    } else if (is_ending(*this_loop->self)) {
        refuse(request);
    } else {
        try {
            call.start();
        } catch (...) {
            call.has_failed(std::current_exception());
            call.reply();
        }
    }
}

void remote_call::start() {
    async<> carrier = make_carrier();
    task_block& block = start_task(this_loop->self->root(), async_access::frame(carrier), where_);
    async_access::release(carrier);
    block.set(node_flag::observed);  // the caller looks at its outcome
    callee_ = any_task{block};
    unref(block);
}

void remote_call::refuse(callback_node& request) noexcept {
    remote_call& call = of(request);
    call.outcome_ = outcome::loop_ended;
    call.reply();
}

void remote_call::end() noexcept {
    const any_task callee = std::exchange(callee_, {});  // dies on its own loop
    if (outcome_ == outcome::none) keep_cut(callee);
    reply();
}

/// The coroutine was destroyed: because of the caller, of its loop's end, or somebody cancelled it.
void remote_call::keep_cut(const any_task& callee) noexcept {
    outcome_ = outcome::cut;
    if (is_cancel_seen_) return;
    if (is_ending(*this_loop->self)) {
        outcome_ = outcome::loop_ended;
        return;
    }
    try {
        throw_task_cancelled(*callee.block());
    } catch (...) {
        error_ = std::current_exception();
    }
}

void remote_call::reply() noexcept {
    is_replied_ = true;
    request_.call = [](callback_node& node) {
        remote_call& call = of(node);
        call.has_arrived_ = true;
        if (!call.is_cancel_out_ || call.is_cancel_seen_) call.resume();
    };
    request_.drop = nullptr;  // the caller's task is alive: its loop does not end before
    const loop_ref home = home_;
    home.post(request_);  // whatever was read of the call was read before
}

void remote_call::cancel_callee(callback_node& cancel) noexcept {
    remote_call& call = of(cancel);
    if (!call.is_replied_) {
        call.is_cancel_seen_ = true;
        if (task_block* callee = call.callee_.block()) {
            detail::cancel(*callee, "the task that waits for this call was cancelled", {});
        }
        return;
    }
    cancel.call = [](callback_node& node) {
        remote_call& returned = of(node);
        returned.is_cancel_out_ = false;
        if (returned.has_arrived_) returned.resume();
    };
    cancel.drop = nullptr;
    const loop_ref home = call.home_;
    home.post(cancel);
}

// --- at home

void remote_call::request_cancel(task_block&) noexcept {
    was_cancelled_ = true;
    __atomic_store_n(&is_cancel_wanted_, true, __ATOMIC_RELAXED);
    cancel_.call = [](callback_node& node) { cancel_callee(node); };
    cancel_.drop = cancel_callee;
    is_cancel_out_ = target_.post(cancel_);
}

void remote_call::resume() noexcept {
    this_loop->self->add_external(-1);
    const bool has_result = outcome_ == outcome::value || outcome_ == outcome::error;
    if (was_cancelled_ && !has_result) {
        wake_to_unwind(*waiting_);
    } else {
        wake(*waiting_);
    }
}

}  // namespace patio::detail
