// SPDX-License-Identifier: MIT
#pragma once

// What copies of a context and its connections share.

#include "openssl.hpp"
#include "session_store.hpp"

#include <patio/base/duration.hpp>
#include <patio/tls/client_context.hpp>
#include <patio/tls/server_context.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace patio::tls::detail {

struct context_state {
    explicit context_state(bool of_server);

    owned_context context;
    bool is_server;
    verify_mode verify = verify_mode::none;
    bool checks_hostname = true;
    duration handshake_timeout = duration::seconds(60);
    duration shutdown_timeout = duration::seconds(30);
    std::string alpn;  // as it is sent: each name behind its length

    /// Makes a client trust the system's authorities, unless others were named. Loading them takes
    /// 80 ms, so it is put off until somebody connects.
    void complete();
    bool has_authorities = false;
    std::once_flag is_complete;

    // Of clients.
    session_store sessions;

    // Of servers. No pointer: this context itself.
    std::map<std::string, std::shared_ptr<context_state>> names;
    server_context::name_callback choose;

    /// The context whose certificate is shown for a name; null: this one.
    [[nodiscard]] std::shared_ptr<context_state> find(std::string name);
};

/// Names of hosts are the same whatever their case.
[[nodiscard]] std::string to_lower(std::string text);

/// Lets OpenSSL ask for a server's certificate and application protocol.
void install_server_callbacks(context_state& state);
/// Lets OpenSSL hand over sessions.
void install_client_callbacks(context_state& state);

}  // namespace patio::tls::detail
