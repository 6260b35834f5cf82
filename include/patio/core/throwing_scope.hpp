// SPDX-License-Identifier: MIT
#pragma once

// Cancellation as an exception, for code that needs it.

#include <patio/base/config.hpp>
#include <patio/core/cancelled.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/timeout.hpp>

#include <coroutine>
#include <source_location>
#include <utility>

namespace patio {

namespace detail {

/// The part of `throwing_scope` that does not depend on types.
template <class T>
class [[nodiscard("a throwing scope needs co_await")]] throwing_operation final
    : public boundary_operation<T> {
public:
    explicit throwing_operation(async<T> operation) noexcept
        : boundary_operation<T>{std::move(operation)} {
        this->set(scope_flag::throwing);
    }
    throwing_operation(throwing_operation&& unstarted) noexcept
        : boundary_operation<T>{std::move(unstarted)} {
        this->set(scope_flag::throwing);
    }

    std::coroutine_handle<> await_suspend(
        awaiting_frame frame,
        std::source_location where = std::source_location::current()) noexcept {
        return transfer(this->begin(frame, where));
    }
    T await_resume() {
        deliver_cancellation();
        return this->result();
    }
    [[nodiscard]] const char* kind_name() const noexcept override { return "throwing scope"; }
};

}  // namespace detail

/// Inside `operation`, a cancellation does not destroy the frames: every suspension throws
/// `cancelled`.
///
/// **Use** it for code that relies on `catch (...)` to clean up, such as a library that one cannot
/// change. Elsewhere destructors do the same at a tenth of the cost and cannot be forgotten.
///
/// The exception must leave the operation; the unwinding then goes on outside of it as usual. A
/// body that catches it and returns has its value delivered, and a `swallowed_cancellation` report
/// is made. Holds for the frames of this task only, not for tasks that it spawns.
/// **Cost** about a microsecond for each frame that the exception passes.
template <awaitable A>
auto throwing_scope(A&& operation) {
    return detail::throwing_operation<await_result_t<A>>{detail::adopt(std::forward<A>(operation))};
}

}  // namespace patio
