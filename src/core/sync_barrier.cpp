// SPDX-License-Identifier: MIT

#include <patio/core/sync/barrier.hpp>

#include <patio/core/errors.hpp>

namespace patio {

broken_barrier::~broken_barrier() = default;
const char* broken_barrier::what() const noexcept {
    return "the barrier was reset or aborted before all had come";
}

barrier::barrier(std::size_t parties) : parties_{parties} {
    if (parties == 0) throw usage_error("a barrier needs at least one party");
}

bool barrier::wait_operation::await_ready() noexcept {
    outcome_ = source_->is_broken_ ? outcome::broken : outcome::waits;
    if (source_->is_broken_) return true;
    if (!is_last() || !detail::spend_budget()) return false;
    pass();
    return true;
}

void barrier::wait_operation::pass() noexcept {
    index_ = source_->waiting_;
    outcome_ = outcome::passed;
    source_->end_waits(outcome::passed);
}

void barrier::wait_operation::await_suspend(detail::awaiting_frame frame,
                                            std::source_location where) noexcept {
    if (is_last() && !detail::is_being_cancelled()) {
        pass();
        return detail::wait_one_turn(frame, where);
    }
    if (detail::task_block* task = detail::begin_wait(frame, detail::wait_kind::barrier, where)) {
        task->payload = static_cast<detail::abortable*>(this);
        source_->waiters_.push_back(*task);
        ++source_->waiting_;
    }
}

std::size_t barrier::wait_operation::await_resume() const {
    detail::deliver_cancellation();
    if (outcome_ == outcome::broken) throw broken_barrier{};
    return index_;
}

void barrier::wait_operation::request_cancel(detail::task_block& task) noexcept {
    detail::node_list::remove(task);
    --source_->waiting_;
    detail::wake_to_unwind(task);
}

void barrier::end_waits(outcome how) noexcept {
    std::size_t index = 0;
    while (detail::task_block* task = waiters_.pop_front()) {
        auto& waiting =
            static_cast<wait_operation&>(*static_cast<detail::abortable*>(task->payload));
        waiting.index_ = index++;
        waiting.outcome_ = how;
        detail::wake(*task);
    }
    waiting_ = 0;
}

void barrier::reset() noexcept {
    is_broken_ = false;
    end_waits(outcome::broken);
}

void barrier::abort() noexcept {
    is_broken_ = true;
    end_waits(outcome::broken);
}

}  // namespace patio
