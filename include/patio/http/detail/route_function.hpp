// SPDX-License-Identifier: MIT
#pragma once

// Functions of routes: their parameters, and how they are called.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/param_value.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::http::detail {

/// Whether a text can be a parameter; null if any can.
using param_check = bool (*)(std::string_view text);

/// A handler, and what its parameters must be like.
struct made_route {
    std::unique_ptr<handler> answers;
    /// One for each parameter of the function; none of it if the function asks the request.
    std::vector<param_check> checks;
};

/// The value of the parameter that is `from_end` before the last one: those in front of a
/// function's own belong to mounts.
[[nodiscard]] PATIO_EXPORT std::string_view param_from_end(const request& asked,
                                                           std::size_t from_end) noexcept;

template <class... Args>
struct param_types {
    static constexpr std::size_t count = sizeof...(Args);
    static constexpr bool are_values = (!std::is_reference_v<Args> && ...);
    static constexpr bool are_readable = (path_parameter<std::remove_cvref_t<Args>> && ...);
};

/// What stands behind the request in the parameters of a function.
template <class Signature>
struct params_of {
    using type = void;
};
template <class R, class... Args>
struct params_of<R (*)(request&, Args...)> {
    using type = param_types<Args...>;
};
template <class R, class... Args>
struct params_of<R (*)(request&, Args...) noexcept> {
    using type = param_types<Args...>;
};
template <class R, class C, class... Args>
struct params_of<R (C::*)(request&, Args...)> {
    using type = param_types<Args...>;
};
template <class R, class C, class... Args>
struct params_of<R (C::*)(request&, Args...) const> {
    using type = param_types<Args...>;
};
template <class R, class C, class... Args>
struct params_of<R (C::*)(request&, Args...) noexcept> {
    using type = param_types<Args...>;
};
template <class R, class C, class... Args>
struct params_of<R (C::*)(request&, Args...) const noexcept> {
    using type = param_types<Args...>;
};
template <class F>
    requires requires { &F::operator(); }
struct params_of<F> : params_of<decltype(&F::operator())> {};

/// A function with parameters from the path.
template <class F, class Types>
class param_handler;
template <class F, class... Args>
class param_handler<F, param_types<Args...>> final : public handler {
    using result = std::invoke_result_t<F&, request&, Args...>;
    static constexpr bool is_coroutine = std::same_as<result, async<response>>;

public:
    explicit param_handler(F function) : function_{std::move(function)} {}

    PATIO_DETAIL_COROUTINE_WRAPPER async<response> answer(request& asked) override {
        if constexpr (is_coroutine) {
            return call(asked, std::index_sequence_for<Args...>{});
        } else {
            return answered(answer_now(asked));
        }
    }
    [[nodiscard]] bool answers_now() const noexcept override { return !is_coroutine; }
    [[nodiscard]] response answer_now(request& asked) override {
        if constexpr (is_coroutine) {
            return handler::answer_now(asked);
        } else {
            return call(asked, std::index_sequence_for<Args...>{});
        }
    }

    [[nodiscard]] static std::vector<param_check> checks() { return {check<Args>()...}; }

private:
    template <class T>
    static bool is_readable(std::string_view text) {
        return param_value<T>::parse(text).has_value();
    }
    template <class Arg>
    static constexpr param_check check() noexcept {
        using type = std::remove_cv_t<Arg>;
        if constexpr (std::same_as<type, std::string> || std::same_as<type, std::string_view>) {
            return nullptr;
        } else {
            return &is_readable<type>;
        }
    }
    template <std::size_t... I>
    PATIO_DETAIL_COROUTINE_WRAPPER result call(request& asked, std::index_sequence<I...>) {
        // They were read before, when the route was chosen: none is empty.
        return function_(asked, *param_value<std::remove_cv_t<Args>>::parse(
                                    param_from_end(asked, sizeof...(Args) - 1 - I))...);
    }

    F function_;
};

/// Says what to write instead if it is neither a function of a route nor a handler.
template <class F>
[[nodiscard]] made_route make_route(F answers) {
    using types = typename params_of<F>::type;
    if constexpr (handler_like<F>) {
        return {make_handler(std::move(answers)), {}};
    } else if constexpr (std::is_void_v<types>) {
        static_assert(handler_like<F>,
                      "a route is answered by a function whose first parameter is http::request&, "
                      "async<http::response> f(http::request&, …), by a function that returns a "
                      "response at once, or by a handler");
    } else if constexpr (!types::are_values) {
        static_assert(types::are_values,
                      "a route's function takes what is in the path by value: std::string instead "
                      "of const std::string&, for a coroutine outlives what a reference refers to");
    } else if constexpr (!types::are_readable) {
        static_assert(types::are_readable,
                      "a route's function has a parameter that no text becomes: specialise "
                      "patio::http::param_value<T> with a parse(std::string_view) that returns "
                      "std::optional<T>");
    } else {
        using kept = param_handler<F, types>;
        return {std::make_unique<kept>(std::move(answers)), kept::checks()};
    }
}

}  // namespace patio::http::detail
