// SPDX-License-Identifier: MIT
#pragma once

// The opening handshake between the heads of HTTP and a connection: values in, values out. Who has
// the request or the response brings the fields and sends what comes out.

#include "connection_state.hpp"
#include "wire_ws/opening_handshake.hpp"

#include <patio/base/config.hpp>
#include <patio/ws/connection.hpp>
#include <patio/ws/handshake_options.hpp>

#include <string>
#include <utility>
#include <vector>

namespace patio::ws::detail {

/// Lines of a head that is to be sent.
using field_lines = std::vector<std::pair<std::string, std::string>>;

/// What a server answers.
struct server_opening {
    [[nodiscard]] bool is_accepted() const noexcept { return status == 101; }

    int status = 101;
    field_lines fields;  // all that belong to the handshake, Upgrade and Connection too
    std::string text;    // of a refusal, for people; a line
    agreement agreed;    // for make_connection(), when the answer has been sent
};

/// Judges a request. `fields` of a refusal say what would have been right, if that can be said.
[[nodiscard]] PATIO_EXPORT server_opening accept_opening(const wire::ws::opening_request& request,
                                                         const accept_options& options);
/// Whether the page that makes the request may do so.
[[nodiscard]] PATIO_EXPORT bool is_origin_allowed(const wire::ws::opening_request& request,
                                                  const accept_options& options);

/// What a client asks, and what it makes of the answer.
class PATIO_EXPORT client_opening {
public:
    /// With a key of its own. **Fails** with `errc::malformed` for a subprotocol that is no token.
    explicit client_opening(connect_options options);

    /// Those of the request, a GET of HTTP/1.1, that belong to the handshake; Host is not among
    /// them.
    [[nodiscard]] const field_lines& fields() const noexcept { return fields_; }
    /// **Fails** with handshake_refused.
    [[nodiscard]] agreement check(int status, wire::ws::fields lines) const;

private:
    connect_options options_;
    std::string key_;
    field_lines fields_;
};

[[nodiscard]] PATIO_EXPORT const connection_options& connection_of(
    const accept_options& options) noexcept;
[[nodiscard]] PATIO_EXPORT const connection_options& connection_of(
    const connect_options& options) noexcept;

}  // namespace patio::ws::detail
