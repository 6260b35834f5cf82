// SPDX-License-Identifier: MIT
#pragma once

// How a function on a thread hears that nobody wants its result any more.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

namespace patio {

namespace detail {
class job_base;
}

/// The wish that a function on a thread may end early: its task was cancelled.
///
/// ```
/// int n = co_await patio::to_thread([&](patio::stop_signal stop) { while (!stop.requested()) … });
/// ```
///
/// A function that has seen the request, by whichever call, is taken as having given up: what it
/// returns or throws is dropped, and its task is unwound.
///
/// **Use** it as the first parameter of a function for `to_thread` or `thread_pool::run`.
/// **Threads** the function's, and threads that it starts and joins.
class PATIO_EXPORT stop_signal {
public:
    /// Whether the function should end.
    [[nodiscard]] bool requested() const noexcept;
    /// Sleeps until the function should end or the time is over. **Returns** `requested()`.
    [[nodiscard]] bool wait_for(duration limit) const;

private:
    friend class detail::job_base;
    explicit stop_signal(detail::job_base& job) noexcept : job_{&job} {}

    detail::job_base* job_;
};

}  // namespace patio
