// SPDX-License-Identifier: MIT
#pragma once

// Opening WebSockets.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/client.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/headers.hpp>
#include <patio/ws/connection.hpp>
#include <patio/ws/handshake_options.hpp>

#include <string_view>

namespace patio::ws {

/// Opens a WebSocket to a URL that begins with `ws://` or `wss://`.
///
/// ```
/// ws::connection chat = co_await ws::connect("wss://chat.example.org/ws");
/// co_await chat.send("hello");
/// ```
///
/// `http_options` says how the request goes out: proxies, certificates, limits in time.
///
/// **Fails** with handshake_refused if the server answers and opens none; with
/// `http::request_error` if it does not answer; with `errc::malformed` for another kind of URL.
/// **Cancel** nothing is left.
[[nodiscard]] PATIO_EXPORT async<connection> connect(std::string_view url,
                                                     connect_options options = {},
                                                     http::client_options http_options = {});
/// The same with a client's settings and cookies, and fields of the request beside those of the
/// handshake. **Borrows** the client until it returns.
[[nodiscard]] PATIO_EXPORT async<connection> connect(http::client& by, std::string_view url,
                                                     connect_options options = {},
                                                     http::headers fields = {});

}  // namespace patio::ws
