// SPDX-License-Identifier: MIT

#include <patio/core/sync/semaphore.hpp>

#include <patio/core/errors.hpp>

namespace patio {

void semaphore::acquire_operation::await_suspend(detail::awaiting_frame frame,
                                                 std::source_location where) noexcept {
    if (!detail::is_being_cancelled() && source_->take(count_)) {
        return detail::wait_one_turn(frame, where);
    }
    if (detail::task_block* task = detail::begin_wait(frame, detail::wait_kind::semaphore, where)) {
        task->payload = static_cast<detail::abortable*>(this);
        source_->waiters_.push_back(*task);
    }
}

/// One that wanted many may have kept those behind it from what is free.
void semaphore::acquire_operation::request_cancel(detail::task_block& task) noexcept {
    detail::node_list::remove(task);
    detail::wake_to_unwind(task);
    source_->hand_out();
}

void semaphore::hand_out() noexcept {
    while (detail::task_block* task = waiters_.front()) {
        auto& first =
            *static_cast<acquire_operation*>(static_cast<detail::abortable*>(task->payload));
        if (first.count_ > available_) return;
        available_ -= first.count_;
        ++handed_;
        first.is_handed_ = true;
        waiters_.pop_front();
        detail::wake(*task);
    }
}

void semaphore::refuse_count(std::size_t count) {
    throw usage_error(count == 0 ? "acquire(0): at least one permit must be asked for"
                                 : "more permits are asked for than the semaphore will ever have: "
                                   "it would wait for ever");
}

void semaphore::refuse_release() {
    throw usage_error("release(): the bounded semaphore has all its permits back already");
}

void semaphore::refuse_permit() noexcept {
    misuse(
        "a permit is given back to a bounded semaphore that has all its permits back already: "
        "release() was called for a permit that an object holds");
}

void semaphore::abandon() const noexcept {
    waiters_.check_empty("a semaphore");
    misuse("a semaphore was destroyed while tasks are about to get its permits");
}

}  // namespace patio
