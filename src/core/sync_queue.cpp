// SPDX-License-Identifier: MIT

#include <patio/core/sync/queue.hpp>

#include <patio/core/errors.hpp>

namespace patio {

queue_shut_down::~queue_shut_down() = default;
const char* queue_shut_down::what() const noexcept { return "the queue was shut down"; }

namespace detail {

queue_base::queue_base(std::size_t capacity) : capacity_{capacity} {
    if (capacity == 0) {
        throw usage_error(
            "a queue needs room for at least one item; one without limit is "
            "queue<T>{patio::unbounded}");
    }
}

void queue_base::throw_shut_down() { throw queue_shut_down{}; }

void queue_base::task_done() {
    if (unfinished_ == 0)
        throw usage_error("task_done() was called more often than items were put");
    finish_items(1);
}

void queue_base::finish_items(std::size_t count) noexcept {
    unfinished_ -= count < unfinished_ ? count : unfinished_;
    if (unfinished_ == 0) joiners_.wake_all();
}

void queue_base::shut_down_waiters() noexcept {
    is_shut_down_ = true;
    for (wait_list* line : {&getters_, &putters_}) {
        while (task_block* task = line->pop_front()) {
            static_cast<queue_wait*>(task->payload)->is_shut_down = true;
            wake(*task);
        }
    }
}

void queue_base::join_operation::await_suspend(awaiting_frame frame,
                                               std::source_location where) noexcept {
    if (source_->unfinished_ == 0 && !is_being_cancelled()) return wait_one_turn(frame, where);
    if (task_block* task = begin_wait(frame, wait_kind::queue_join, where)) {
        task->payload = source_;
        source_->joiners_.push_back(*task);
    }
}

}  // namespace detail
}  // namespace patio
