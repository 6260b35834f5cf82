// SPDX-License-Identifier: MIT

#include <patio/core/sync/event.hpp>

namespace patio {

void event::set() noexcept {
    is_set_ = true;
    waiters_.wake_all();
}

void event::wait_operation::await_suspend(detail::awaiting_frame frame,
                                          std::source_location where) noexcept {
    if (source_->is_set_ && !detail::is_being_cancelled()) {
        return detail::wait_one_turn(frame, where);
    }
    if (detail::task_block* task = detail::begin_wait(frame, detail::wait_kind::event, where)) {
        task->payload = source_;
        source_->waiters_.push_back(*task);
    }
}

}  // namespace patio
