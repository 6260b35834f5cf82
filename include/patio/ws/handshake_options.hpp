// SPDX-License-Identifier: MIT
#pragma once

// What the two sides of the opening handshake want.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/error.hpp>
#include <patio/ws/connection_options.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::ws {

/// What a server accepts. Each setter changes one thing and returns the object.
///
/// Browsers let any page open a WebSocket to any host, with the cookies of that host, and say in
/// the field Origin which page it is. So a request that has an Origin is refused by default unless
/// its scheme's host and port are those of the field Host: pages of this server. Requests without
/// one come from programs and are not restricted. **Source** RFC 6455 sections 4.1 and 10.2.
class PATIO_EXPORT accept_options {
public:
    using origin_test = unique_function<bool(std::string_view)>;

    accept_options() noexcept = default;

    /// Subprotocols that the application speaks. Of those that a client wants, the one that it
    /// names first is taken; if it names none of these there is none, and the client decides
    /// whether to go on.
    accept_options& subprotocols(std::vector<std::string> names) noexcept {
        subprotocols_ = std::move(names);
        return *this;
    }
    /// Pages of these origins are served, and no others: `{"https://example.org"}`. This server's
    /// own must be among them; that it has to be named protects from names that an attacker points
    /// to this address (DNS rebinding).
    accept_options& origins(std::vector<std::string> allowed);
    /// Pages for whose origin `is_allowed` says so.
    accept_options& origins_if(origin_test is_allowed);
    /// All pages. Only for what needs no login, or has one that is no cookie.
    accept_options& any_origin();
    /// Limits, keep-alive and compression of the connections.
    accept_options& connection(const connection_options& options) noexcept {
        connection_ = options;
        return *this;
    }

private:
    friend struct detail::options_access;
    std::vector<std::string> subprotocols_;
    std::shared_ptr<origin_test> is_allowed_;  // shared by copies; null: the same origin
    connection_options connection_;
};

/// What a client asks for. Each setter changes one thing and returns the object.
class PATIO_EXPORT connect_options {
public:
    connect_options() noexcept = default;

    /// Subprotocols, the most wanted first. If the server chooses none the connection is opened
    /// without one: look at `connection::subprotocol()`.
    connect_options& subprotocols(std::vector<std::string> names) noexcept {
        subprotocols_ = std::move(names);
        return *this;
    }
    /// Limits, keep-alive and compression of the connection.
    connect_options& connection(const connection_options& options) noexcept {
        connection_ = options;
        return *this;
    }

private:
    friend struct detail::options_access;
    std::vector<std::string> subprotocols_;
    connection_options connection_;
};

/// The server has answered, and opened no WebSocket.
class PATIO_EXPORT handshake_refused : public error {
public:
    handshake_refused(int status, const std::string& why);
    handshake_refused(const handshake_refused&) noexcept = default;
    handshake_refused& operator=(const handshake_refused&) noexcept = default;
    ~handshake_refused() override;

    /// Its status: 101 if it was the rest of the answer that was wrong.
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    int status_;
};

}  // namespace patio::ws
