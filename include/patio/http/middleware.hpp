// SPDX-License-Identifier: MIT
#pragma once

// What stands around handlers.

#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

namespace patio::http {

/// A coroutine function that stands around a handler: it sees the request before and the response
/// after, may change both, and may answer itself.
///
/// ```
/// patio::async<http::response> only_at_home(http::request& asked, http::handler& next) {
///     if (!is_at_home(asked.peer())) co_return http::response{403};
///     auto answering = next.answer(asked);
///     co_return co_await std::move(answering);
/// }
/// site.use(only_at_home);
/// ```
///
/// `next` is the next one of the same router, and in the end its routes; it may be called again, or
/// with a request whose target has been changed: routes are looked up each time. A `status_error`
/// that a route throws is its response there; any other exception goes through, and the server
/// reports it.
///
/// **Borrows** request and `next`, until it has returned. The function is kept by the router.
/// **Cancel** as a handler: what it holds dies with its frame.
using middleware = unique_function<async<response>(request&, handler&)>;

}  // namespace patio::http
