// SPDX-License-Identifier: MIT
#pragma once

// The way of a request to its server, and opening connections along it.

#include "connection_slot.hpp"
#include "http1_connection.hpp"

#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/request_error.hpp>
#include <patio/http/url.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace patio::http::detail {

/// Where a connection leads.
struct route {
    /// What connections must have in common to serve the same requests.
    std::string key;
    /// Of the server.
    std::string host;
    std::uint16_t port = 0;
    bool is_secure = false;
    /// Null if there is none. **Borrows** from the client's proxies.
    const url* proxy = nullptr;
    /// Whether the proxy is asked for a tunnel.
    bool is_tunnel = false;
};

/// `method` matters for CONNECT, which asks the proxy itself for a tunnel, if there is one.
[[nodiscard]] route route_to(const url& to, std::string_view method, const url* proxy);

/// The value of Proxy-Authorization; empty if the proxy's URL has no user.
[[nodiscard]] std::string credentials_for(const url& of);

/// Opens a connection along a route and says how far it has come.
///
/// **Borrows** all of it until it returns.
/// **Fails** with patio::error. **Cancel** nothing is left.
[[nodiscard]] async<std::unique_ptr<http1_connection>> open_route(const client_settings& settings,
                                                                  const route& along,
                                                                  connection_slot slot,
                                                                  request_phase& phase);

}  // namespace patio::http::detail
