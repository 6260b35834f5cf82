// SPDX-License-Identifier: MIT
#pragma once

// One call on its way to a worker process and back: what depends on types.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/io/bytes_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::detail {

class process_pool_core;

/// What goes down to a worker.
struct process_request {
    void (*invoker)(bytes_reader& arguments, bytes_writer& result) = nullptr;
    std::vector<std::byte> arguments;
};

/// What comes back: a result, or an exception's description.
struct process_answer {
    std::vector<std::byte> bytes;
    std::uint64_t kind = 0;
};

/// Has a worker do it. The core is counted: it may be closed meanwhile.
PATIO_DETAIL_COROUTINE_WRAPPER PATIO_EXPORT async<process_answer> call_worker(
    process_pool_core& core, process_request request);
/// Throws `remote_exception` if the answer is one.
PATIO_EXPORT void check_answer(const process_answer& answer);

// --- what a function wants

template <class... P>
struct parameters {};

/// The parameters of a function that has one signature only.
template <class F>
struct signature {
    static constexpr bool is_known = false;
};
template <class R, class... P>
struct known_signature {
    static constexpr bool is_known = true;
    using list = parameters<P...>;
    static constexpr std::size_t count = sizeof...(P);
};
template <class R, class... P>
struct signature<R (*)(P...)> : known_signature<R, P...> {};
template <class R, class... P>
struct signature<R (*)(P...) noexcept> : known_signature<R, P...> {};
template <class R, class C, class... P>
struct signature<R (C::*)(P...) const> : known_signature<R, P...> {};
template <class R, class C, class... P>
struct signature<R (C::*)(P...) const noexcept> : known_signature<R, P...> {};
template <class R, class C, class... P>
struct signature<R (C::*)(P...)> : known_signature<R, P...> {};
template <class R, class C, class... P>
struct signature<R (C::*)(P...) noexcept> : known_signature<R, P...> {};

template <class F>
struct signature_of : signature<F> {};
template <class F>
    requires requires { &F::operator(); }
struct signature_of<F> : signature<decltype(&F::operator())> {};

/// What a parameter is made from on the other side: a value, also where it is taken by reference or
/// as a view.
template <class P>
struct kept_parameter {
    static_assert(!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>,
                  "what a function in another process changes is not changed here: take the "
                  "parameter by value and return the result");
    using type = std::remove_cvref_t<P>;
};
template <class P>
    requires std::same_as<std::remove_cvref_t<P>, std::string_view>
struct kept_parameter<P> {
    using type = std::string;
};

template <class F>
inline constexpr bool is_function_pointer =
    std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;

/// Something that is the same in another process of the same image.
template <class F>
inline constexpr bool is_portable_function =
    is_function_pointer<F> || (std::is_empty_v<F> && std::is_default_constructible_v<F>);

template <class F, class... Kept>
struct process_call {
    static_assert(std::is_invocable_v<F&, Kept&&...>,
                  "the function cannot be called with these arguments");
    using returned = std::invoke_result_t<F&, Kept&&...>;
    using result = std::remove_cvref_t<returned>;

    template <class... Args>
    static process_request make(const F& f, const Args&... args) {
        bytes_writer to;
        if constexpr (is_function_pointer<F>) to.write(f);
        (static_cast<void>(write_as<Kept>(to, args)), ...);
        return process_request{&invoke, to.take()};
    }

private:
    template <class K, class A>
    static void write_as(bytes_writer& to, const A& argument) {
        if constexpr (std::is_same_v<K, A>) {
            to.write<K>(argument);
        } else {
            static_assert(
                std::is_convertible_v<const A&, K> || std::is_constructible_v<K, const A&>,
                "an argument does not fit its parameter");
            to.write<K>(static_cast<K>(argument));
        }
    }
    static F take_function([[maybe_unused]] bytes_reader& from) {
        if constexpr (is_function_pointer<F>) {
            return from.read<F>();
        } else {
            return F{};
        }
    }
    static void invoke(bytes_reader& from, bytes_writer& to) {
        F f = take_function(from);
        std::tuple<Kept...> kept{from.read<Kept>()...};  // braces: from left to right
        if constexpr (std::is_void_v<result>) {
            std::apply([&f](Kept&... values) { f(std::move(values)...); }, kept);
        } else {
            to.write<result>(std::apply(
                [&f](Kept&... values) -> returned { return f(std::move(values)...); }, kept));
        }
    }
};

template <class F, class List>
struct known_call;
template <class F, class... P>
struct known_call<F, parameters<P...>> {
    using type = process_call<F, typename kept_parameter<P>::type...>;
};

template <class F, class... Args>
struct choose_call {
    using type = process_call<F, std::decay_t<Args>...>;
};
template <class F, class... Args>
    requires signature_of<F>::is_known
struct choose_call<F, Args...> {
    static_assert(signature_of<F>::count == sizeof...(Args),
                  "the function wants another number of arguments");
    using type = typename known_call<F, typename signature_of<F>::list>::type;
};

template <class R>
async<R> receive(async<process_answer> answer) {
    process_answer received = co_await std::move(answer);
    check_answer(received);
    if constexpr (!std::is_void_v<R>) {
        bytes_reader from{received.bytes};
        R result = from.read<R>();
        co_return result;
    }
}

}  // namespace patio::detail
