// SPDX-License-Identifier: MIT
#pragma once

// Waiting until state that a mutex guards has changed.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/wait_list.hpp>
#include <patio/core/sync/mutex.hpp>

#include <concepts>
#include <cstddef>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

/// Lets tasks that hold a mutex wait until another one has changed what the mutex guards.
///
/// **Use** it when several tasks wait for different conditions over one shared state. For a single
/// fact an `event` does, for items a `queue`, for a number a `semaphore`; none of them needs a
/// mutex. Example: the first test in tests/core/condition_test.cpp.
///
/// A wait that was notified has completed: it holds the mutex and returns, also if its task is
/// cancelled meanwhile. A notification goes to a task that still waits, never to one that has left.
/// There are no spurious wake-ups, but between the notification and the return others may have had
/// the mutex: wait with a predicate where that matters.
///
/// **Threads** belongs to one loop.
/// **Order** first come, first served; a notified task then stands at the end of the mutex's line.
/// **Cost** no allocation.
class PATIO_EXPORT condition {
public:
    using loop_affine = void;

    condition() noexcept = default;
    condition(const condition&) = delete;  // tasks wait on the address
    condition& operator=(const condition&) = delete;
    /// Ends the program if tasks wait.
    ~condition() { waiters_.check_empty("a condition"); }

    class wait_operation;

    /// Unlocks the mutex, waits until it is notified, and locks the mutex again.
    ///
    /// **Suspends** always.
    /// **Borrows** the guard, which must not move meanwhile, and the mutex.
    /// **Fails** with usage_error if the guard does not hold a mutex for this task, or if others
    /// wait here with another mutex; with `broken_lock` if the mutex broke meanwhile: the guard is
    /// then empty.
    /// **Cancel** the task leaves the line and then waits for the mutex, shielded, so that the code
    /// which runs next (destructors, whoever awaits a timeout around the wait) finds the state
    /// guarded, as the guard says.
    [[nodiscard("waiting needs co_await: co_await c.wait(guard)")]] wait_operation wait(
        mutex_guard& held) noexcept;

    /// Waits until `predicate()` is true; returns at once if it is.
    /// **Suspends** only while it is false.
    template <std::predicate P>
    PATIO_DETAIL_COROUTINE_WRAPPER
        [[nodiscard("waiting needs co_await: co_await c.wait(guard, predicate)")]] async<>
        wait(mutex_guard& held, P&& predicate) {
        detail::check_callable<P>();
        return wait_until<std::remove_cvref_t<P>>(*this, held, std::forward<P>(predicate));
    }

    /// Wakes the task that has waited longest. Whoever calls it need not hold the mutex.
    void notify_one() noexcept { notify(1); }
    /// Wakes the `count` tasks that have waited longest, or all if they are fewer.
    void notify(std::size_t count) noexcept;
    void notify_all() noexcept { notify(static_cast<std::size_t>(-1)); }

    /// How many tasks wait to be notified. **Cost** counts them.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

private:
    template <class P>
    static async<> wait_until(condition& changed, mutex_guard& held, P predicate);
    static wait_operation& operation_of(const detail::task_block& task) noexcept;

    // Every waiter has left the same mutex.
    detail::wait_list waiters_;
};

/// What `condition::wait()` returns.
class [[nodiscard("waiting needs co_await: co_await c.wait(guard)")]]
PATIO_EXPORT condition::wait_operation final : private detail::abortable {
public:
    wait_operation(condition& source, mutex_guard& held) noexcept
        : source_{&source}, relock_{nullptr, &held} {}

    static bool await_ready() noexcept { return false; }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current());
    void await_resume() const;

private:
    friend class condition;

    void request_cancel(detail::task_block& task) noexcept override;

    condition* source_;
    detail::lock_wait relock_;  // the mutex once it waits, and the guard
};

// --- implementation

inline condition::wait_operation condition::wait(mutex_guard& held) noexcept {
    return wait_operation{*this, held};
}

template <class P>
async<> condition::wait_until(condition& changed, mutex_guard& held, P predicate) {
    while (!predicate())
        co_await changed.wait(held);
}

}  // namespace patio
