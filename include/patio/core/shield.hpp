// SPDX-License-Identifier: MIT
#pragma once

// Work that an outer cancellation must not interrupt.

#include <patio/core/detail/awaitable.hpp>
#include <patio/core/timeout.hpp>

#include <coroutine>
#include <source_location>
#include <utility>

namespace patio {

namespace detail {

template <class T>
class [[nodiscard("a shield needs co_await: co_await shield(…)")]] shield_operation final
    : public boundary_operation<T> {
public:
    explicit shield_operation(async<T> operation) noexcept
        : boundary_operation<T>{std::move(operation)} {
        this->set(scope_flag::shield);
    }
    shield_operation(shield_operation&& unstarted) noexcept
        : boundary_operation<T>{std::move(unstarted)} {
        this->set(scope_flag::shield);
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
    [[nodiscard]] const char* kind_name() const noexcept override { return "shield"; }
};

}  // namespace detail

/// Runs `operation` to its end whatever is cancelled outside; a cancellation that came meanwhile is
/// delivered right after, at the next suspension.
///
/// Unlike asyncio's shield nothing goes on in the background: the caller stays until the operation
/// has ended. Give it a limit of its own if it might hang: `shield(timeout(5s, flush()))`.
///
/// **Suspends** as the operation does. **Fails** with what the operation throws.
template <awaitable A>
auto shield(A&& operation) {
    return detail::shield_operation<await_result_t<A>>{detail::adopt(std::forward<A>(operation))};
}

}  // namespace patio
