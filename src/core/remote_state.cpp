// SPDX-License-Identifier: MIT

#include <patio/core/detail/remote_state.hpp>

#include "loop_internals.hpp"

#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace patio::detail {

struct remote_base::waiting {
    std::mutex lock;
    std::condition_variable changed;
};

remote_base::remote_base() : waiting_{new waiting} {}
remote_base::~remote_base() { delete waiting_; }

namespace {

void refuse_to_block_a_loop() {
    if (this_loop == nullptr) return;
    throw usage_error{
        "waiting for a remote task blocks this thread, which runs a loop: call it from a plain "
        "thread, or from a function given to patio::to_thread()"};
}

}  // namespace

void remote_base::wait_until_done() {
    if (is_done()) return;
    refuse_to_block_a_loop();
    std::unique_lock guard{waiting_->lock};
    waiting_->changed.wait(guard, [&] { return is_done(); });
}

bool remote_base::wait_for(duration limit) {
    if (is_done()) return true;
    refuse_to_block_a_loop();
    // Not much longer than a hundred years: the clock's arithmetic must not overflow.
    constexpr duration longest = duration::seconds(std::int64_t{100} * 365 * 24 * 3600);
    const std::chrono::nanoseconds length{std::min(limit, longest).count()};
    std::unique_lock guard{waiting_->lock};
    return waiting_->changed.wait_for(guard, length, [&] { return is_done(); });
}

void remote_base::finish(outcome how) noexcept {
    // Told under the lock: once it is free, a waiter may destroy what it waited for.
    const std::lock_guard guard{waiting_->lock};
    __atomic_store_n(&outcome_, static_cast<std::uint8_t>(how), __ATOMIC_RELEASE);
    waiting_->changed.notify_all();
}

void remote_base::check() {
    switch (static_cast<outcome>(outcome_)) {
        case outcome::value:
            return;
        case outcome::error:
        case outcome::cancelled:
            std::rethrow_exception(error_);
        case outcome::loop_ended:
            throw loop_ended{};
        case outcome::taken:
            throw usage_error{"the result of this remote task was taken before"};
        case outcome::none:
            break;
    }
    misuse("the result of a remote task was taken before it had ended");
}

// --- on the loop's thread

void remote_base::set_error(std::exception_ptr error) noexcept {
    error_ = std::move(error);
    finish(outcome::error);
}

void remote_base::set_loop_ended() noexcept { finish(outcome::loop_ended); }

void remote_base::set_cancelled() noexcept {
    const any_task task = std::exchange(task_, {});  // dies on the loop's thread, as it must
    if (is_done()) return;
    try {
        if (task) throw_task_cancelled(*task.block());
        throw task_cancelled{};
    } catch (...) {
        error_ = std::current_exception();
    }
    finish(outcome::cancelled);
}

void remote_base::cancel_task(const char* reason, std::source_location where) const noexcept {
    task_.cancel(reason, where);
}

void start_remote(remote_base& target, async<> carrier, std::coroutine_handle<> inner) {
    promise_of(async_access::frame(carrier)).set_definition(promise_of(inner).definition());
    task_block& block = start_task(this_loop->self->root(), async_access::frame(carrier), {});
    async_access::release(carrier);
    block.set(node_flag::observed);  // whoever holds the remote looks at its outcome
    target.set_task(any_task{block});
    unref(block);
}

}  // namespace patio::detail
