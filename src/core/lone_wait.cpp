// SPDX-License-Identifier: MIT

#include <patio/core/detail/lone_wait.hpp>

#include <patio/core/channel/broadcast.hpp>
#include <patio/core/channel/oneshot.hpp>
#include <patio/core/errors.hpp>

namespace patio {

lagged::~lagged() = default;
const char* lagged::what() const noexcept {
    return "a receiver was too slow: values of the broadcast were overwritten";
}

namespace detail {

void lone_end::take_wait(lone_end& other) noexcept {
    waiting_ = std::exchange(other.waiting_, nullptr);
    if (waiting_ != nullptr) waiting_->end_ = this;
}

void lone_end::end_wait() noexcept {
    lone_wait* const wait = std::exchange(waiting_, nullptr);
    if (wait == nullptr) return;
    wait->end_ = nullptr;
    task_block& task = *wait->task_;
    // Otherwise it was woken, or cancelled, and is no longer in the line.
    if (task.kind >= first_list_kind && task.kind < first_abortable_kind) {
        node_list::remove(task);
        wake(task);
    }
}

void lone_end::check_not_awaited() const {
    if (waiting_ != nullptr) {
        throw usage_error("two tasks cannot wait through one receiver: give each a copy");
    }
}

void lone_end::throw_end_closed() {
    throw channel_closed{"this end of the channel was closed or moved from"};
}

void lone_wait::wait_in(wait_list& line, wait_kind kind, const void* target, awaiting_frame frame,
                        place where) noexcept {
    if (task_block* task = begin_wait(frame, kind, where)) {
        target_ = target;
        task_ = task;
        end_->waiting_ = this;
        task->payload = this;
        line.push_back(*task);
    }
}

void lone_wait::finish() {
    leave();
    if (end_ == nullptr) lone_end::throw_end_closed();
}

void throw_oneshot_used() {
    throw usage_error("a oneshot carries one value: it was sent, or received, before");
}

void throw_oneshot_abandoned() {
    throw channel_closed{"the sender of the oneshot was dropped without having sent a value"};
}

}  // namespace detail
}  // namespace patio
