// SPDX-License-Identifier: MIT

#include <patio/core/sync/mutex.hpp>

#include <patio/core/report.hpp>

#include "text.hpp"

namespace patio {

broken_lock::~broken_lock() = default;

// --- the ways to misuse it

void mutex::refuse_outside() {
    throw usage_error("a mutex can be locked by a task only: inside patio::run()");
}

bool mutex::check_lockable(const detail::task_block* task) const {
    if (is_broken_) throw broken_lock{broken_by_};
    if (owner_ == task) {
        throw usage_error(
            "this task holds the mutex already: locking it again would wait for ever");
    }
    return false;
}

void mutex::throw_broken() {
    --expected_;
    throw broken_lock{broken_by_};
}

void mutex::abandon() const noexcept {
    waiters_.check_empty("a mutex");
    text out;
    out << "a mutex was destroyed while ";
    if (owner_ != nullptr) {
        out << "task '" << detail::name_of(*owner_) << "' holds it";
    } else {
        out << "tasks wait for a condition that will lock it again";
    }
    misuse(out.c_str());
}

void mutex::refuse_unlock() const noexcept {
    text out;
    out << "a mutex is unlocked ";
    if (detail::this_loop != nullptr && detail::this_loop->current != nullptr) {
        out << "by task '" << detail::name_of(*detail::this_loop->current) << "'";
    } else {
        out << "outside of any task";
    }
    out << ", but ";
    if (owner_ != nullptr) {
        out << "task '" << detail::name_of(*owner_) << "' holds it";
    } else {
        out << "nobody holds it";
    }
    out << ": its guard must die in the task that locked";
    misuse(out.c_str());
}

// --- waiting

void mutex::lock_operation::await_suspend(detail::awaiting_frame frame,
                                          std::source_location where) {
    mutex& m = *wait_.target;
    detail::task_block& locking = *detail::this_loop->current;
    if (m.owner_ == nullptr && !detail::is_being_cancelled()) {
        m.take(locking);
        return detail::wait_one_turn(frame, where);
    }
    detail::record_of(locking);  // so that the hand-over cannot fail
    if (detail::task_block* task = detail::begin_wait(frame, detail::wait_kind::mutex, where)) {
        task->payload = &wait_;
        m.waiters_.push_back(*task);
    }
}

void mutex::hand_over() noexcept { grant(*waiters_.pop_front()); }

/// Its record is there: it was made before the task began to wait.
void mutex::grant(detail::task_block& task) noexcept {
    hold(task, &task.extra.record()->held);
    guard_ = static_cast<detail::lock_wait*>(task.payload)->guard;
    detail::wake(task);
}

/// For a condition's wait: the guard stays where it is, without the lock.
void mutex::leave_for_wait() noexcept {
    ++expected_;
    let_go();
    if (!waiters_.empty()) hand_over();
}

/// The end of that wait. The task cannot be interrupted any more: with the lock in its guard it
/// goes on or, if it is to be unwound, its frames are destroyed.
void mutex::come_back(detail::task_block& task, detail::lock_wait& how) noexcept {
    --expected_;
    task.kind = detail::wait_kind::relock;
    task.payload = &how;
    if (is_broken_) {
        inform(task);
    } else if (owner_ == nullptr) {
        grant(task);
    } else {
        waiters_.push_back(task);
    }
}

// --- an owner that has ended

void mutex::become_broken(detail::task_block& ended) noexcept {
    if (guard_ != nullptr) guard_->mutex_ = nullptr;
    let_go();
    is_broken_ = true;
    text out;
    out << "task '" << detail::name_of(ended) << "' ended while it held a mutex";
    broken_by_ = shared_text{out.c_str()};
    if (const std::uint64_t count = waiters_.size(); count > 0) {
        out << " that " << count << (count == 1 ? " task waits for" : " tasks wait for");
    }
    out << ": its guard was moved to where it outlives the task; every lock() throws "
           "patio::broken_lock";
    while (detail::task_block* task = waiters_.pop_front())
        inform(*task);
    emit_report(report{report_kind::broken_lock, out.c_str(), detail::name_of(ended)});
}

/// Wakes a waiter who will not get it.
void mutex::inform(detail::task_block& task) noexcept {
    const auto& wait = *static_cast<detail::lock_wait*>(task.payload);
    if (wait.guard != nullptr) wait.guard->mutex_ = nullptr;
    // One on its way out does not ask any more.
    if (!task.has(detail::node_flag::unwinding)) ++expected_;
    detail::wake(task);
}

void detail::break_held_mutexes(task_block& ended) noexcept {
    while (mutex* held = ended.extra.record()->held)
        held->become_broken(ended);
}

}  // namespace patio
