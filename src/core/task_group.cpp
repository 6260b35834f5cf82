// SPDX-License-Identifier: MIT

#include <patio/core/task_group.hpp>

#include "loop_internals.hpp"

#include <patio/core/detail/task_record.hpp>
#include <patio/core/exception_group.hpp>

namespace patio {

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
