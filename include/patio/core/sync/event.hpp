// SPDX-License-Identifier: MIT
#pragma once

// One flag with a queue of waiters behind it.

#include <patio/base/config.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <source_location>

namespace patio {

/// Lets tasks wait until something has happened.
///
/// Once set, an event stays set: whoever waits later passes without waiting, until someone clears
/// it.
///
/// **Use** it for what happens once or stays true for a while: "listening", "stopping",
/// "configuration loaded". To hand over values take a `queue`; to let a few of many pass take a
/// `semaphore`; to wait for a condition over shared state take a `condition`.
///
/// **Threads** belongs to one loop. From another thread, post a call of `set()` to that loop.
/// **Order** waiters become ready in the order in which they began to wait.
/// **Cost** no allocation, ever: a waiter is a link inside its own task.
///
/// Why not a condition variable with a flag? Because the flag would be read before the wait and set
/// in between; here both are one object on one thread, so a wake-up cannot be lost.
class PATIO_EXPORT event {
public:
    using loop_affine = void;

    event() noexcept = default;

    event(const event&) = delete;             // tasks wait on the address, so it can neither
    event& operator=(const event&) = delete;  // be copied nor moved

    /// A waiter left behind is a bug of the program: aborts and names the waiting tasks.
    ~event() { waiters_.check_empty("an event"); }

    /// Whether the event has happened.
    [[nodiscard]] bool is_set() const noexcept { return is_set_; }
    /// How many tasks wait. **Cost** counts them.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

    /// Makes it happen. Every waiter runs in the loop's next turn, also if `clear()` follows at
    /// once: they waited for the change and it took place. Setting a set event does nothing.
    void set() noexcept;

    /// Makes it not have happened. Tasks that are already awake stay awake.
    void clear() noexcept { is_set_ = false; }

    class wait_operation;

    /// Waits until the event is set.
    ///
    /// **Suspends** only while it is not set, or to give others a turn after many operations that
    /// were ready at once; it is then a cancellation point, otherwise not.
    /// **Borrows** the event until it returns.
    /// **Cancel** the task leaves the queue; nothing else changes, no wake-up is lost to others.
    [[nodiscard("waiting needs co_await: co_await e.wait()")]] wait_operation wait() noexcept;

private:
    // Invariant: is_set_ implies that waiters_ is empty. Both are touched by the owning loop's
    // thread only.
    detail::wait_list waiters_;
    bool is_set_ = false;
};

/// What `event::wait()` returns: a concrete awaiter, one word, trivially destructible.
class [[nodiscard("waiting needs co_await: co_await e.wait()")]]
PATIO_EXPORT event::wait_operation {
public:
    explicit wait_operation(event& source) noexcept : source_{&source} {}

    [[nodiscard]] bool await_ready() const noexcept {
        return source_->is_set_ && detail::spend_budget();
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    static void await_resume() { detail::deliver_cancellation(); }

private:
    event* source_;
};

inline event::wait_operation event::wait() noexcept { return wait_operation{*this}; }

}  // namespace patio
