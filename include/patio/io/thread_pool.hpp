// SPDX-License-Identifier: MIT
#pragma once

// Plain functions on threads, awaited by tasks.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/io/detail/job.hpp>

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

namespace patio {

/// More functions were given to a pool than it lets wait.
class PATIO_EXPORT thread_pool_full : public std::exception {
public:
    thread_pool_full() noexcept = default;
    thread_pool_full(const thread_pool_full&) noexcept = default;
    thread_pool_full& operator=(const thread_pool_full&) noexcept = default;
    ~thread_pool_full() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// How a pool behaves. Each setter changes one thing and returns the object.
class PATIO_EXPORT thread_pool_options {
public:
    thread_pool_options() noexcept;

    /// At most this many threads; as many as the machine runs at once by default. Zero is one.
    thread_pool_options& threads_max(std::size_t count) noexcept;
    /// At most this many functions wait for a thread; one more fails with `thread_pool_full`.
    /// Unlimited by default: what waits is a part of the task that awaits it and costs nothing
    /// more.
    thread_pool_options& waiting_max(std::size_t count) noexcept;
    /// A thread without work ends after this time. 10 s by default.
    thread_pool_options& idle_limit(duration limit) noexcept;
    /// A function that runs on for this long after its task was cancelled makes a `stuck_job`
    /// report. 5 s by default; `duration::forever()`: never.
    thread_pool_options& report_stuck_after(duration limit) noexcept;

private:
    friend class detail::pool_core;
    std::size_t threads_max_;
    std::size_t waiting_max_ = static_cast<std::size_t>(-1);
    duration idle_limit_ = duration::seconds(10);
    duration stuck_limit_ = duration::seconds(5);
};

/// Runs functions that would block or keep the loop busy, on threads of its own.
///
/// ```
/// patio::thread_pool pool;
/// int n = co_await pool.run(count_primes, 1'000'000);
/// ```
///
/// Threads are started when there is work for them and end when there has been none for a while.
///
/// **Use** it for number crunching, with as many threads as processors. For a call that blocks take
/// `to_thread`, which needs no object. What must not share memory with the program belongs into a
/// process.
/// **Threads** tasks of any loop may run functions on it; it is destroyed when no task waits for
/// one any more, anything else ends the program. Its destructor joins the threads.
/// The child of a fork has none of its parent's threads, so its first call there starts some of its
/// own.
/// **Order** functions begin in the order in which they were awaited.
/// **Cost** no allocation for each function: it is kept in the frame of the coroutine that awaits
/// it. Two thread switches.
class PATIO_EXPORT thread_pool {
public:
    explicit thread_pool(thread_pool_options options = {});
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool();

    /// Calls `f(args...)` on one of the threads. `f` and the arguments are moved to the call; what
    /// they refer to must live until this returns, and it does not return earlier, cancelled or
    /// not.
    ///
    /// If `f` can be called with a `stop_signal` in front of the arguments, and not without, it
    /// gets one and sees by it that its task was cancelled.
    ///
    /// **Suspends** always.
    /// **Fails** with what `f` throws; with `thread_pool_full`; with std::system_error if no thread
    /// can be started and there is none.
    /// **Cancel** a function that has not begun is not called. One that runs is told by its
    /// `stop_signal` and waited for: its result is delivered, unless it has seen the signal.
    /// Something that ends a blocking call is the function's own affair.
    template <class F, class... Args>
        requires detail::job_function<F, Args...>
    auto run(F&& f, Args&&... args) {
        detail::check_callable<F>();
        return detail::make_job(core(), std::forward<F>(f), std::forward<Args>(args)...);
    }

    /// How many threads it may have.
    [[nodiscard]] std::size_t threads_max() const noexcept;
    /// How many threads it has.
    [[nodiscard]] std::size_t thread_count() const noexcept;
    /// How many functions wait for a thread.
    [[nodiscard]] std::size_t waiting_count() const noexcept;

private:
    [[nodiscard]] detail::pool_core* core();

    detail::pool_core* core_;  // atomic; replaced in a forked child
};

}  // namespace patio
