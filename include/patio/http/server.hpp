// SPDX-License-Identifier: MIT
#pragma once

// Serving HTTP.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/serve_options.hpp>
#include <patio/io/call_on.hpp>
#include <patio/io/endpoint.hpp>
#include <patio/io/listener.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::http {

namespace detail {
struct running_server;
class server_core;
}  // namespace detail

/// A running HTTP server: what `start_server` gives. A handle: dropping it neither stops the server
/// nor waits for it.
///
/// **Threads** those of its loop.
class PATIO_EXPORT server {
public:
    using loop_affine = void;

    /// Where it listens.
    [[nodiscard]] const std::vector<endpoint>& endpoints() const noexcept;
    /// The first port, for servers that let the kernel choose.
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// How many connections are open.
    [[nodiscard]] std::size_t connection_count() const noexcept;
    /// Stops in the orderly way: accepts no more, closes connections that are idle, answers the
    /// requests that have begun within the grace time, then cancels their handlers. Returns at
    /// once.
    void stop() noexcept;
    /// The same with another grace time.
    void stop(duration grace) noexcept;
    /// Waits until the server has ended. **Fails** with what ended it, if it was not stopped.
    /// **Cancel** the server goes on.
    [[nodiscard]] async<> wait_closed();

private:
    friend struct detail::running_server;
    explicit server(std::shared_ptr<detail::running_server> state) noexcept;

    std::shared_ptr<detail::running_server> state_;
};

/// What answers: a function (see `handler_function`), a handler such as a router, or one that is on
/// the heap.
template <class H>
concept site = handler_function<H> || std::derived_from<H, handler> ||
               std::same_as<H, std::unique_ptr<handler>>;

namespace detail {

template <site H>
[[nodiscard]] std::unique_ptr<handler> keep(H answering) {
    if constexpr (std::same_as<H, std::unique_ptr<handler>>) {
        return answering;
    } else if constexpr (std::derived_from<H, handler>) {
        return std::make_unique<H>(std::move(answering));
    } else {
        return make_handler(std::move(answering));
    }
}

PATIO_EXPORT async<> serve_all(std::vector<listener> at, std::unique_ptr<handler> by,
                               serve_options options);
PATIO_EXPORT async<> serve_at(endpoint at, std::unique_ptr<handler> by, serve_options options);
PATIO_EXPORT async<server> start_serving(std::vector<listener> at, std::unique_ptr<handler> by,
                                         serve_options options);
PATIO_EXPORT async<server> start_serving_at(endpoint at, std::unique_ptr<handler> by,
                                            serve_options options);
PATIO_EXPORT async<> serve_one(stream peer, std::unique_ptr<handler> by, serve_options options);
/// The options for one of several loops. **Fails** as `patio::serve_on_each_loop` does.
[[nodiscard]] PATIO_EXPORT serve_options sharing_a_port(const endpoint& at, serve_options options);

}  // namespace detail

/// Answers HTTP requests at `at`, until it is stopped or cancelled.
///
/// ```
/// const auto hello = [](http::request& asked) -> patio::async<http::response> {
///     co_return http::response{"hello " + std::string{asked.path()} + "\n"};
/// };
/// co_await http::serve(patio::endpoint::parse("127.0.0.1:8080"), hello);
/// ```
///
/// Each connection is a task; its requests are answered in their order. The handler is kept alive
/// until the last one has ended. What it has left of a request's body is skipped, if that is not
/// too much.
///
/// A handler that throws is answered with 500, and makes a report; `status_error` is answered with
/// its status, and makes none. A handler whose client has gone is cancelled at once.
///
/// **Suspends** until it is stopped. **Fails** with what `listener::open` says.
/// **Cancel** stops accepting, cancels the handlers and returns when all have ended.
/// **Source** RFC 9110 and 9112. What these call an error is refused with 400, and nothing is
/// mended.
template <site H>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve(endpoint at, H by, serve_options options = {}) {
    return detail::serve_at(std::move(at), detail::keep(std::move(by)), options);
}
/// The same with sockets that listen already.
template <site H>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve(std::vector<listener> at, H by,
                                             serve_options options = {}) {
    return detail::serve_all(std::move(at), detail::keep(std::move(by)), options);
}

/// Begins to serve and goes on with the program: the server is a task of the program's root group.
///
/// ```
/// http::server site = co_await http::start_server(hello, patio::endpoint::parse("127.0.0.1:0"));
/// ```
///
/// **Fails** with what `listener::open` says.
template <site H>
PATIO_DETAIL_COROUTINE_WRAPPER async<server> start_server(H by, endpoint at,
                                                          serve_options options = {}) {
    return detail::start_serving_at(std::move(at), detail::keep(std::move(by)), options);
}
template <site H>
PATIO_DETAIL_COROUTINE_WRAPPER async<server> start_server(H by, std::vector<listener> at,
                                                          serve_options options = {}) {
    return detail::start_serving(std::move(at), detail::keep(std::move(by)), options);
}

/// Answers the requests of one connection, wherever it comes from, to its end.
/// **Cancel** it is closed.
template <site H>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve_connection(stream peer, H by,
                                                        serve_options options = {}) {
    return detail::serve_one(std::move(peer), detail::keep(std::move(by)), options);
}

/// Makes the site of one loop.
template <class F>
concept site_maker =
    std::copy_constructible<F> && std::invocable<F&> && site<std::invoke_result_t<F&>>;

namespace detail {

template <class F>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve_this_loop(endpoint at, F make, serve_options options) {
    return serve_at(std::move(at), keep(make()), options);
}

template <class F>
async<> serve_all_loops(endpoint at, F make, serve_options options) {
    options = sharing_a_port(at, options);
    auto serving = on_each_loop(&serve_this_loop<F>, std::move(at), make, options);
    co_await std::move(serving);
}

}  // namespace detail

/// Serves on every loop of the program, each with a site of its own: `make()` is called on each and
/// gives what `serve` takes. The kernel spreads the connections. Limits hold for each loop.
///
/// **Suspends**, **Fails**, **Cancel** as `patio::serve_on_each_loop`.
template <site_maker F>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve_on_each_loop(endpoint at, F make,
                                                          serve_options options = {}) {
    return detail::serve_all_loops(std::move(at), std::move(make), options);
}

}  // namespace patio::http
