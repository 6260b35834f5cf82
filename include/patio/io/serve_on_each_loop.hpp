// SPDX-License-Identifier: MIT
#pragma once

// One server with as many loops as the program has.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/io/call_on.hpp>
#include <patio/io/endpoint.hpp>
#include <patio/io/server.hpp>

#include <utility>

namespace patio {

namespace detail {

/// **Fails** with usage_error where several sockets cannot listen, or what stops them is one
/// loop's.
PATIO_EXPORT void check_for_each_loop(const endpoint& at, const serve_options& options);
/// The same options with SO_REUSEPORT.
[[nodiscard]] PATIO_EXPORT serve_options sharing_a_port(serve_options options);

template <class F>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve_on_this_loop(endpoint at, F handler,
                                                          serve_options options) {
    return serve(std::move(at), handler, sharing_a_port(options));
}

template <class F>
async<> serve_on_all_loops(endpoint at, F handler, serve_options options) {
    check_for_each_loop(at, options);
    auto serving = on_each_loop(&serve_on_this_loop<F>, std::move(at), handler, options);
    co_await std::move(serving);
}

}  // namespace detail

/// Serves on every loop of the program: each has a listening socket of its own at the same port,
/// and the kernel spreads the connections over them.
///
/// ```
/// patio::run(main(), patio::run_options{}.loops(4));
/// …
/// co_await patio::serve_on_each_loop(patio::endpoint::parse("0.0.0.0:8080"), echo);
/// ```
///
/// The handler is the one that `serve` takes, as long as it is a function or a lambda without
/// captures: each connection is handled on the loop that accepted it, and what a handler uses
/// beside its stream belongs to that loop. With one loop this is `serve`. The limits of the options
/// hold for each loop.
///
/// **Suspends** until it is cancelled. **Fails** with what `listener::open` says; with usage_error
/// for port 0, which each loop would choose for itself, for a Unix socket, and for `stop_on`, whose
/// event belongs to one loop: stop it by cancelling.
/// **Cancel** stops accepting, cancels the handlers of all loops and returns when they have ended.
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve_on_each_loop(endpoint at, F handler,
                                                          serve_options options = {}) {
    return detail::serve_on_all_loops(std::move(at), handler, options);
}

}  // namespace patio
