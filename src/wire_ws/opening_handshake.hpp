// SPDX-License-Identifier: MIT
#pragma once

// What the opening handshake demands of a request and of a response, as pure functions.

#include "deflate_agreement.hpp"

#include <patio/base/config.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace patio::wire::ws {

/// One line of a head; the value without the blanks around it.
struct field {
    std::string_view name;
    std::string_view value;
};
using fields = std::span<const field>;

/// Why a request or a response opens no WebSocket.
enum class opening_error : std::uint8_t {
    none,
    method_not_get,
    http_version_too_low,
    host_missing,
    upgrade_missing,
    connection_without_upgrade,
    key_missing,
    key_invalid,
    version_missing,
    version_unsupported,
    protocols_malformed,
    extensions_malformed,
    status_not_101,
    accept_missing,
    accept_wrong,
    protocol_not_asked_for,
    extension_not_asked_for,
};
[[nodiscard]] PATIO_EXPORT const char* describe(opening_error error) noexcept;

/// The head of a client's request.
struct opening_request {
    std::string_view method;
    int http_version_major = 1;
    int http_version_minor = 1;
    fields lines;
};

/// What a server would agree to.
struct server_offer {
    std::span<const std::string_view> protocols;  ///< subprotocols that it speaks
    const deflate_wishes* compression = nullptr;  ///< null: none
};

/// What a server answers.
struct server_answer {
    opening_error error = opening_error::none;
    /// 101, or what to refuse with. 426 is sent with `Upgrade: websocket` where the request wanted
    /// no WebSocket, and with `Sec-WebSocket-Version: 13` where it wanted another version.
    int status = 101;
    std::string accept;          ///< Sec-WebSocket-Accept
    std::string_view protocol;   ///< Sec-WebSocket-Protocol, if not empty; views the server's offer
    deflate_answer compression;  ///< its `field` is the Sec-WebSocket-Extensions, if agreed
};

/// Judges a request. Of the protocols the first of the client's that the server speaks is taken;
/// none is no error. The target and Origin are left to the application.
///
/// **Source** RFC 6455 sections 4.2.1, 4.2.2 and 4.4; RFC 9110 section 15.5.22 for 426.
[[nodiscard]] PATIO_EXPORT server_answer check_request(const opening_request& request,
                                                       const server_offer& offer);

/// What a client has asked for.
struct client_request {
    std::string_view key;                         ///< from make_key()
    std::span<const std::string_view> protocols;  ///< subprotocols, the most wanted first
    const deflate_wishes* compression = nullptr;  ///< null: none
};

struct client_result {
    opening_error error = opening_error::none;
    std::string_view protocol;  ///< what was chosen, or empty; views the request's
    deflate_answer compression;
};

/// Judges a response. A status other than 101 is an error here; whoever follows redirects or
/// authenticates does so before.
///
/// **Source** RFC 6455 section 4.1, "Once the client's opening handshake has been sent".
[[nodiscard]] PATIO_EXPORT client_result check_response(int status, fields lines,
                                                        const client_request& request);

}  // namespace patio::wire::ws
