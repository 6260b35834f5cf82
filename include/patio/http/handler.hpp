// SPDX-License-Identifier: MIT
#pragma once

// Whoever answers requests.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace patio::http {

/// Answers requests: a function, a router with many of them, files in a directory. A server has
/// one.
///
/// Whoever has a request answered asks who does it, and then in the way that this one can:
/// ```
/// handler& found = site.find(asked);
/// if (found.answers_now()) return found.answer_now(asked);
/// auto answering = found.answer(asked);
/// co_return co_await std::move(answering);
/// ```
/// So a plain function costs no coroutine, be it behind any number of routers. `answer` alone does
/// the same, with a coroutine.
///
/// **Threads** those of its server's loop.
class PATIO_EXPORT handler {
public:
    handler() = default;
    handler(const handler&) = delete;
    handler& operator=(const handler&) = delete;
    virtual ~handler();

    /// Who answers this request in the end: this object, or one that it hands requests to, such as
    /// the function of a route. What is known by then, `request::param`, is set in the request.
    /// **Returns** one that is as good as this object, and is not asked to find another one.
    [[nodiscard]] virtual handler& find(request& asked);
    /// **Borrows** the request, and this object, until it returns.
    /// **Fails** with anything: the server answers 500 and makes a report.
    /// **Cancel** the client has gone, a limit in time has passed, or the server stops.
    [[nodiscard]] virtual async<response> answer(request& asked) = 0;
    /// Whether it never has to wait for anything. Then `answer_now` is called: that saves a
    /// coroutine for each request. Asked of what `find` has returned.
    [[nodiscard]] virtual bool answers_now() const noexcept;
    [[nodiscard]] virtual response answer_now(request& asked);
};

/// A coroutine function that answers, `async<response>(request&, args…)`, or a plain function
/// whose result is a response or becomes one, such as a text.
template <class F, class... Args>
concept handler_function =
    std::invocable<F&, request&, Args...> &&
    (std::same_as<std::invoke_result_t<F&, request&, Args...>, async<response>> ||
     std::convertible_to<std::invoke_result_t<F&, request&, Args...>, response>);

namespace detail {

/// A response that is there already.
[[nodiscard]] PATIO_EXPORT async<response> answered(response made);

template <class F>
class function_handler final : public handler {
    static constexpr bool is_coroutine =
        std::same_as<std::invoke_result_t<F&, request&>, async<response>>;

public:
    explicit function_handler(F function) : function_{std::move(function)} {}

    PATIO_DETAIL_COROUTINE_WRAPPER async<response> answer(request& asked) override {
        if constexpr (is_coroutine) {
            return function_(asked);
        } else {
            return answered(function_(asked));
        }
    }
    [[nodiscard]] bool answers_now() const noexcept override { return !is_coroutine; }
    [[nodiscard]] response answer_now(request& asked) override {
        if constexpr (is_coroutine) {
            return handler::answer_now(asked);
        } else {
            return function_(asked);
        }
    }

private:
    F function_;
};

}  // namespace detail

/// Keeps a function as a handler.
template <class F>
    requires handler_function<F>
[[nodiscard]] std::unique_ptr<handler> make_handler(F function) {
    return std::make_unique<detail::function_handler<F>>(std::move(function));
}
/// Keeps what is a handler: a router.
template <class H>
    requires std::derived_from<H, handler>
[[nodiscard]] std::unique_ptr<handler> make_handler(H kept) {
    return std::make_unique<H>(std::move(kept));
}
[[nodiscard]] inline std::unique_ptr<handler> make_handler(std::unique_ptr<handler> kept) noexcept {
    return kept;
}

/// What can be kept as a handler.
template <class X>
concept handler_like = requires(X kept) { make_handler(std::move(kept)); };

}  // namespace patio::http
