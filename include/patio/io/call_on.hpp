// SPDX-License-Identifier: MIT
#pragma once

// Running a coroutine on another loop of the program, or on all of them.

#include <patio/core/detail/callable.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/loop_ref.hpp>
#include <patio/core/sendable.hpp>
#include <patio/io/detail/remote_call.hpp>
#include <patio/io/loops.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio {

namespace detail {

/// What has no state that two loops could share: functions, and lambdas without captures.
template <class F>
concept stateless_function = std::is_empty_v<F> || std::is_function_v<std::remove_pointer_t<F>>;

template <std::size_t number, class Argument>
struct argument_for_another_loop {
    static_assert(
        sendable<Argument>,
        "this argument cannot go to another loop: it is bound to its own, or a reference. "
        "Send a value, or let the coroutine make the thing over there");
};

template <class Result>
struct result_from_another_loop {
    static_assert(std::is_void_v<Result> || sendable<Result>,
                  "this result cannot come back from another loop: it is bound to that one, or a "
                  "reference. Return a value");
    using type = Result;
};

template <class F>
struct function_for_another_loop {
    static_assert(stateless_function<F>,
                  "a function that runs on another loop must not capture anything: give it what it "
                  "needs as arguments, call_on(loop, f, args…)");
};

/// Refuses, with words, what must not be sent; `result` is what comes back.
template <class Numbers, class F, class... Args>
struct call_to_another_loop;
template <std::size_t... numbers, class F, class... Args>
struct call_to_another_loop<std::index_sequence<numbers...>, F, Args...>
    : function_for_another_loop<F>, argument_for_another_loop<numbers + 1, Args>... {
    static_assert(coroutine_function<F, Args...>,
                  "this takes a function that makes a coroutine, and its arguments: it must return "
                  "patio::async<…>, and must accept these arguments by value");
    using result =
        typename result_from_another_loop<async_result_t<std::invoke_result_t<F&, Args...>>>::type;
};

template <class F, class... Args>
using result_of_call_on =
    typename call_to_another_loop<std::index_sequence_for<Args...>, F, Args...>::result;

}  // namespace detail

/// Runs the coroutine `f(args...)` on another loop and waits for its end.
///
/// ```
/// const int sum = co_await patio::call_on(patio::loop_at(1), add, 3, 4);
/// ```
///
/// The coroutine is made over there, so its frames never change threads; the arguments are moved to
/// it and the result is moved back. `f` is a function or a lambda without captures; the arguments
/// and the result are `sendable`. What one loop may touch only cannot be shared by mistake then.
///
/// **Use** it for what another loop owns, and to spread work; for a function that blocks or
/// computes take `to_thread`. From a thread without a loop take `loop_handle::run`.
/// **Suspends** always, also for a call to the own loop.
/// **Owns** the arguments. Views and pointers among them must lead to what lives until the call has
/// ended.
/// **Fails** with what the coroutine throws; with loop_ended if the other loop has ended, or ends
/// before the coroutine has; with task_cancelled if somebody cancels it over there.
/// **Cancel** tells the other loop to cancel the coroutine and waits until that has unwound, its
/// cleanups included. One that has not begun does not begin. A result that it has by then is
/// delivered.
/// **Threads** the caller goes on on its own loop. Context variables do not go along.
/// **Cost** the coroutine, its task and two messages, which allocate nothing; a system call for
/// each of the loops that sleeps.
template <class F, class... Args>
auto call_on(loop_ref target, F f, Args&&... args) {
    using result = detail::result_of_call_on<F, std::decay_t<Args>...>;
    return detail::call_operation<result, F, std::decay_t<Args>...>{std::move(target), f,
                                                                    std::forward<Args>(args)...};
}

namespace detail {

template <class R>
using results_of_each_loop = std::conditional_t<std::is_void_v<R>, void, std::vector<slot<R>>>;

template <class R, class F, class... Args>
async<results_of_each_loop<R>> run_on_each_loop(F f, Args... args) {
    std::vector<call_operation<R, F, Args...>> calls;
    calls.reserve(loop_count());
    for (std::size_t index = 0; index < loop_count(); ++index)
        calls.emplace_back(loop_at(index), f, args...);
    if constexpr (std::is_void_v<R>) {
        co_await gather(calls);
    } else {
        co_return co_await gather(calls);
    }
}

}  // namespace detail

/// Runs the coroutine `f(args...)` on every loop of the program, this one included, and waits until
/// all have ended.
///
/// ```
/// co_await patio::on_each_loop(serve, port);
/// ```
///
/// Each loop gets copies of the arguments; otherwise as `call_on`. `this_loop_index()` tells the
/// coroutine where it is. With one loop it is a plain task, so code need not know how many there
/// are.
///
/// **Returns** nothing if the coroutines do; else a vector of the results, by the loops' numbers.
/// **Suspends** always.
/// **Fails** with the first failure, when the others, which it cancels, have ended.
/// **Cancel** cancels all of them and waits for their ends.
/// **Cost** a task for each loop on either side.
template <class F, class... Args>
PATIO_DETAIL_COROUTINE_WRAPPER auto on_each_loop(F f, Args... args) {
    using result = detail::result_of_call_on<F, Args...>;
    static_assert((std::is_copy_constructible_v<Args> && ...),
                  "each loop gets a copy of the arguments: this one cannot be copied");
    return detail::run_on_each_loop<result, F, Args...>(f, std::move(args)...);
}

}  // namespace patio
