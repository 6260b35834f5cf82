// SPDX-License-Identifier: MIT
#pragma once

// What can be awaited, what it gives, and how combinators take it.

#include <patio/core/async.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

template <class A>
concept awaiter = requires(A& a) {
    a.await_ready();
    a.await_resume();
    &std::remove_reference_t<A>::await_suspend;
};

template <class A>
concept has_member_co_await = requires(A&& a) { std::forward<A>(a).operator co_await(); };
template <class A>
concept has_free_co_await = requires(A&& a) { operator co_await(std::forward<A>(a)); };

template <class A>
decltype(auto) get_awaiter(A&& source) {
    if constexpr (is_async<std::remove_cvref_t<A>>) {
        return std::forward<A>(source);
    } else if constexpr (has_member_co_await<A>) {
        return std::forward<A>(source).operator co_await();
    } else if constexpr (has_free_co_await<A>) {
        return operator co_await(std::forward<A>(source));
    } else {
        return std::forward<A>(source);
    }
}

}  // namespace detail

/// Something that `co_await` accepts inside a Patio coroutine.
template <class A>
concept awaitable = requires(A&& a) {
    detail::get_awaiter(std::forward<A>(a)).await_ready();
    detail::get_awaiter(std::forward<A>(a)).await_resume();
};

/// What `co_await` of an rvalue `A` gives.
template <awaitable A>
using await_result_t =
    decltype(detail::get_awaiter(std::declval<std::remove_cvref_t<A>>()).await_resume());

namespace detail {

template <class A>
using adopted = async<await_result_t<A>>;

template <class A>
adopted<A> adopt_in_frame(A source) {
    co_return co_await std::move(source);
}

/// Gives a coroutine for any awaitable: combinators work on coroutines only. An `async` passes
/// through, anything else is moved into a small coroutine of ours.
template <awaitable A>
PATIO_DETAIL_COROUTINE_WRAPPER auto adopt(A&& source) {
    if constexpr (is_async<std::remove_cvref_t<A>>) {
        static_assert(!std::is_lvalue_reference_v<A>,
                      "a coroutine is awaited once: hand it over with std::move(x)");
        return async<typename std::remove_cvref_t<A>::value_type>{std::move(source)};
    } else {
        return adopt_in_frame<std::remove_cvref_t<A>>(std::forward<A>(source));
    }
}

}  // namespace detail
}  // namespace patio
