// SPDX-License-Identifier: MIT
#pragma once

// A failure as a value instead of an exception.

#include <patio/core/cancelled.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/outcome.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

/// Awaits a coroutine in place: no scope, no frame of its own.
template <class T>
class [[nodiscard("an outcome needs co_await: co_await as_outcome(…)")]] as_outcome_operation {
public:
    using loop_affine = void;

    explicit as_outcome_operation(async<T> operation) noexcept : operation_{std::move(operation)} {}

    bool await_ready(std::source_location where = std::source_location::current()) const noexcept {
        return operation_.await_ready(where);
    }
    std::coroutine_handle<> await_suspend(
        awaiting_frame parent,
        std::source_location where = std::source_location::current()) noexcept {
        return operation_.await_suspend(parent, where);
    }
    outcome<T> await_resume() {
        try {
            if constexpr (std::is_void_v<T>) {
                operation_.await_resume();
                return outcome<T>{slot<T>{}};
            } else {
                return outcome<T>{operation_.await_resume()};
            }
        } catch (const cancelled&) {  // of a throwing scope: it is not the operation's failure
            throw;
        } catch (...) {
            return outcome<T>{std::current_exception()};
        }
    }

private:
    async<T> operation_;
};

}  // namespace detail

/// Awaits `operation` and gives what it throws as a value.
///
/// ```
/// auto page = co_await patio::as_outcome(fetch(url));
/// if (!page) co_await log_failure(page.error());   // no co_await in a catch block
/// ```
///
/// **Use** it where a failure is an ordinary branch, and where the answer to a failure must wait
/// for something: C++ has no `co_await` inside `catch`. For several operations at once take
/// `gather_settled`; for a limit in time alone `move_on_after`.
/// **Suspends** as the operation does. **Returns** an `outcome<T>`, where `std::monostate` stands
/// for `void`.
/// **Fails** with nothing that the operation throws.
/// **Cancel** cancels the operation and passes through, as if this were not here: it is not an
/// outcome. A joined task that somebody else cancelled is one: `is_cancelled()`.
/// **Cost** none for a coroutine, besides the exception; one small frame for anything else.
template <awaitable A>
auto as_outcome(A&& operation) {
    return detail::as_outcome_operation<await_result_t<A>>{
        detail::adopt(std::forward<A>(operation))};
}

}  // namespace patio
