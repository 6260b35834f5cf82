// SPDX-License-Identifier: MIT

#include <patio/core/detail/fan.hpp>

#include "loop_internals.hpp"
#include "text.hpp"

#include <patio/core/detail/task_record.hpp>
#include <patio/core/report.hpp>

namespace patio::detail {

bool fan_scope::open(awaiting_frame frame, place where) noexcept {
    // R3: a task that is being cancelled starts no new tasks; the operations die unstarted.
    if (begin_wait(frame, wait_kind::children, where) == nullptr) return false;
    enter(frame, {}, where);
    return true;
}

std::coroutine_handle<> fan_scope::wait_for_all(place where) noexcept {
    if (body_error) cancel(*this, "a sibling could not be started", where);
    return wait_for_children();
}

void fan_scope::destroy_unstarted(std::coroutine_handle<> frame) noexcept {
    ++this_loop->destroying;  // nor did anybody forget to await its arguments
    frame.destroy();
    --this_loop->destroying;
}

void fan_scope::child_ended(task_block& child) noexcept {
    const bool is_failure = child.has(node_flag::ended_with_error);
    if (policy_ == fan_policy::all_ended) return;
    if (policy_ == fan_policy::all_values) {
        // A child that somebody else has cancelled gives no value: a failure (R6).
        const bool is_cancelled =
            child.has(node_flag::ended_unwound) && !has(scope_flag::effective);
        if (!is_failure && !is_cancelled) return;
    } else if (child.has(node_flag::ended_unwound)) {
        return;  // a cancelled competitor does not win
    }
    child.set(node_flag::observed);
    if (decisive_ == nullptr) {
        decisive_ = &child;
        cancel(*this, nullptr, {});
    } else if (is_failure) {
        text out;
        const std::source_location started = spawn_place_of(child).location();
        out << "task '" << name_of(child) << "' failed after the outcome of its " << kind_name()
            << " was decided: " << text_of(error_of(child)) << "\n  started at " << started;
        emit_report(report{report_kind::secondary_failure, out.c_str(), name_of(child), started});
    }
}

void fan_scope::check() {
    if (body_error) std::rethrow_exception(body_error);
    if (decisive_ == nullptr) {
        if (policy_ == fan_policy::first_ended) throw task_cancelled{};
        return;
    }
    if (decisive_->has(node_flag::ended_with_error)) std::rethrow_exception(error_of(*decisive_));
    if (decisive_->has(node_flag::ended_unwound)) throw_task_cancelled(*decisive_);
}

std::exception_ptr fan_scope::error_of_child(const task_block& child) noexcept {
    return error_of(child);
}

std::exception_ptr fan_scope::cancelled_error(const task_block& child) {
    try {
        throw_task_cancelled(child);
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace patio::detail
