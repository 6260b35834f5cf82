// SPDX-License-Identifier: MIT
#pragma once

// How combinators take coroutine functions and keep them alive.

#include <patio/core/async.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/scope.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace patio {
class task_group;
}

namespace patio::detail {

template <class A>
struct async_result;
template <class T>
struct async_result<async<T>> {
    using type = T;
};
/// The `T` of an `async<T>`.
template <class A>
using async_result_t = typename async_result<A>::type;

/// A callable that makes a coroutine from these arguments.
template <class F, class... Args>
concept coroutine_function =
    std::invocable<std::decay_t<F>&, std::decay_t<Args>...> &&
    is_async<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;

/// A coroutine that is handed over; one that has a name has to be moved first.
template <class X>
concept given_async = is_async<std::remove_cvref_t<X>> && !std::is_lvalue_reference_v<X>;

/// What `run()` takes. The cheap question comes first: most programs run a coroutine.
template <class X>
concept runnable = given_async<X> ||
                   (!is_async<std::remove_cvref_t<X>> && (coroutine_function<X> || awaitable<X>));

/// Says what to write instead of anything else.
template <class Wrong>
constexpr void check_runnable() noexcept {
    static_assert(runnable<Wrong>,
                  "run() takes a coroutine, main() or std::move(made), a function without "
                  "parameters that makes one, or anything else that can be awaited: timeout(1s, "
                  "f()). If this is a function with parameters, call it: run(f(x)). If it is a "
                  "lambda, it must return patio::async<…>");
}

template <class F>
concept group_body = std::invocable<std::remove_reference_t<F>&, task_group&> &&
                     is_async<std::invoke_result_t<std::remove_reference_t<F>&, task_group&>>;

/// Refuses what GCC before 13 miscompiles: in an expression with `co_await` it destroys a temporary
/// closure with captures that have destructors twice (tests/core/gcc12_test.cpp has the minimal
/// case).
template <class F>
constexpr void check_callable() noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    static_assert(
        std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<std::remove_cvref_t<F>>,
        "GCC 12 destroys a temporary lambda with captures twice inside a co_await expression: "
        "name the lambda first (auto body = [x] …; co_await f(body);) or capture by reference");
#endif
}

/// The program's root group. **Fails** with usage_error outside of a running loop.
PATIO_EXPORT group_scope& root_group();

/// Lets the running task bear the name of `inner`, the coroutine that a wrapper of ours has just
/// made.
PATIO_EXPORT void bear_name_of(std::coroutine_handle<> inner) noexcept;

template <class R>
PATIO_DETAIL_COROUTINE_WRAPPER async<R>&& naming_the_task(async<R>&& inner) {
    bear_name_of(async_access::frame(inner));
    return std::move(inner);
}

/// Awaits within the expression that calls: what the arguments are converted to, a std::string for
/// the `const std::string&` of a function that was given a literal, lives until the call has ended.
template <class R, class F, class... Args>
async<R> call_in_frame(F f, Args... args) {
    co_return co_await naming_the_task(f(std::move(args)...));
}

/// `f(args...)` with the callable and the arguments kept in a frame around it.
template <class F, class... Args>
PATIO_DETAIL_COROUTINE_WRAPPER auto call_kept(F&& f, Args&&... args) {
    using function = std::decay_t<F>;
    using result = async_result_t<std::invoke_result_t<function&, std::decay_t<Args>...>>;
    if constexpr (sizeof...(Args) == 0 &&
                  (std::is_empty_v<function> || std::is_pointer_v<function>)) {
        return async<result>{f()};  // nothing to keep
    } else {
        return call_in_frame<result, function, std::decay_t<Args>...>(std::forward<F>(f),
                                                                      std::forward<Args>(args)...);
    }
}

}  // namespace patio::detail
