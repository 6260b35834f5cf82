// SPDX-License-Identifier: MIT

#include <patio/core/sync/condition.hpp>

namespace patio {

condition::wait_operation& condition::operation_of(const detail::task_block& task) noexcept {
    return static_cast<wait_operation&>(*static_cast<detail::abortable*>(task.payload));
}

void condition::wait_operation::await_suspend(detail::awaiting_frame frame,
                                              std::source_location where) {
    mutex* const guarded = relock_.guard->mutex();
    if (guarded == nullptr || guarded->owner() != detail::this_loop->current) {
        throw usage_error(
            "condition::wait() needs a guard that holds the mutex for this task: lock it first");
    }
    const detail::task_block* other = source_->waiters_.front();
    if (other != nullptr && operation_of(*other).relock_.target != guarded) {
        throw usage_error("tasks wait for this condition with another mutex");
    }
    if (detail::task_block* task = detail::begin_wait(frame, detail::wait_kind::condition, where)) {
        relock_.target = guarded;
        task->payload = static_cast<detail::abortable*>(this);
        source_->waiters_.push_back(*task);
        guarded->leave_for_wait();
    }
}

void condition::wait_operation::await_resume() const {
    detail::deliver_cancellation();
    if (!relock_.guard->owns_lock()) relock_.target->throw_broken();
}

/// The unwinding has to wait for the mutex. Whoever hands it over wakes the task, and the flag
/// leads it to the unwinder.
void condition::wait_operation::request_cancel(detail::task_block& task) noexcept {
    detail::node_list::remove(task);
    task.set(detail::node_flag::unwinding);
    relock_.target->come_back(task, relock_);
}

void condition::notify(std::size_t count) noexcept {
    for (; count > 0; --count) {
        detail::task_block* task = waiters_.pop_front();
        if (task == nullptr) return;
        wait_operation& waiting = operation_of(*task);
        waiting.relock_.target->come_back(*task, waiting.relock_);
    }
}

}  // namespace patio
