// SPDX-License-Identifier: MIT
#pragma once

// WebSockets in an HTTP server.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/ws/connection.hpp>
#include <patio/ws/handshake_options.hpp>

#include <type_traits>
#include <utility>

namespace patio::ws {

namespace detail {
using talk_function = unique_function<async<>(connection)>;
[[nodiscard]] PATIO_EXPORT http::response accept_with(const http::request& asked,
                                                      talk_function talk, accept_options options);
}  // namespace detail

/// Answers a request for a WebSocket: when the answer has been sent, `talk(connection)` runs.
///
/// ```
/// patio::async<> echo(ws::connection peer) {
///     while (auto message = co_await peer.receive()) co_await peer.send(std::move(*message));
/// }
/// site.get("/ws", [](http::request& asked) { return ws::accept(asked, echo); });
/// ```
///
/// The function is kept alive until it has ended, so a lambda with captures will do. The connection
/// is closed when it lets go of it; `co_await peer.close()` says goodbye before.
///
/// **Returns** a refusal if the request asks for no WebSocket, for another version of it, or comes
/// from a page that may not: 400, 403, 426. A handler may look at the request before, and refuse it
/// in its own way.
/// **Fails** nothing here. A `connection_closed` that `talk` lets out is its end, and no failure of
/// the server's; anything else makes a report.
/// **Cancel** `talk` is cancelled when the server's grace time has passed.
template <class F>
    requires patio::detail::coroutine_function<F, connection>
[[nodiscard]] http::response accept(const http::request& asked, F talk,
                                    accept_options options = {}) {
    return detail::accept_with(asked, detail::talk_function{std::move(talk)}, std::move(options));
}

}  // namespace patio::ws
