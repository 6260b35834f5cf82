// SPDX-License-Identifier: MIT
#pragma once

// Waiting for time, and giving others a turn.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/detail/frame.hpp>

#include <source_location>

namespace patio {

namespace detail {

/// One word, as every sleeping frame holds it: whether it is a length or a point is in the type.
class [[nodiscard("sleeping needs co_await: co_await patio::sleep(…)")]]
PATIO_EXPORT sleep_operation {
public:
    explicit sleep_operation(duration length) noexcept : length_{length.count()} {}

    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    static void await_resume() { deliver_cancellation(); }

private:
    std::int64_t length_;
};

class [[nodiscard("sleeping needs co_await: co_await patio::sleep_until(…)")]]
PATIO_EXPORT sleep_until_operation {
public:
    explicit sleep_until_operation(time_point until) noexcept
        : until_{until.since_origin().count()} {}

    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    static void await_resume() { deliver_cancellation(); }

private:
    std::int64_t until_;
};

class [[nodiscard("yielding needs co_await: co_await patio::yield()")]]
PATIO_EXPORT yield_operation {
public:
    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (task_block* task = begin_wait(frame, wait_kind::ready, where)) wake(*task);
    }
    static void await_resume() { deliver_cancellation(); }
};

class [[nodiscard("a checkpoint needs co_await: co_await patio::checkpoint()")]]
PATIO_EXPORT checkpoint_operation {
public:
    static bool await_ready() noexcept {
        return !this_loop->current->has(node_flag::pending) && spend_budget();
    }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (task_block* task = begin_wait(frame, wait_kind::ready, where)) wake(*task);
    }
    static void await_resume() { deliver_cancellation(); }
};

}  // namespace detail

/// Pauses this coroutine for at least `length`; the loop runs others meanwhile.
///
/// It is counted from `now()`, which the loop reads once per turn: whoever computes for 5 ms and
/// then sleeps for 20 ms goes on 20 ms after the turn has begun. (A look at the clock costs more
/// than everything else that sleeping does.)
///
/// Any std::chrono duration will do. A length of zero or less gives the others one turn; one of
/// `duration::forever()` ends by cancellation only.
///
/// **Suspends** always. **Cancel** the timer is taken out; nothing else happens.
/// **Order** sleepers with the same deadline go on in the order in which they began to sleep.
/// **Cost** no allocation: the timer is part of the task. No system call for each sleep: the loop
/// waits once, for the earliest deadline.
inline detail::sleep_operation sleep(const duration& length) noexcept {
    return detail::sleep_operation{length};
}
// Converts in here and not in the co_await expression, where GCC would keep the `duration` in the
// frame of every sleeping task. By reference for the same reason.
template <duration_like Length>
detail::sleep_operation sleep(const Length& length) noexcept {
    return detail::sleep_operation{duration{length}};
}

/// Pauses this coroutine until `deadline` on the loop's clock; a past one gives the others one
/// turn.
inline detail::sleep_until_operation sleep_until(time_point deadline) noexcept {
    return detail::sleep_until_operation{deadline};
}

/// The loop's time: read once per turn, so equal for everything that runs in it.
/// **Fails** ends the program outside of a running loop.
[[nodiscard]] PATIO_EXPORT time_point now() noexcept;

/// Gives every other ready task a turn.
/// **Suspends** always.
inline detail::yield_operation yield() noexcept { return {}; }

/// Lets a pending cancellation in, and others have a turn if this task has had a long one.
/// **Use** it in loops that otherwise never wait. **Suspends** only for one of these two reasons.
inline detail::checkpoint_operation checkpoint() noexcept { return {}; }

}  // namespace patio
