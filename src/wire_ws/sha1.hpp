// SPDX-License-Identifier: MIT
#pragma once

// SHA-1, for the one place where WebSocket wants it.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>

namespace patio::wire::ws {

using sha1_digest = std::array<std::byte, 20>;

/// The SHA-1 digest of some bytes.
///
/// It is no security here, and must not become any: SHA-1 is broken for signatures. The opening
/// handshake only shows with it that a server has understood the request (RFC 6455 section 10.8).
/// An own one, so that WebSocket without TLS needs no OpenSSL.
///
/// **Source** RFC 3174.
[[nodiscard]] PATIO_EXPORT sha1_digest sha1(byte_view bytes) noexcept;

}  // namespace patio::wire::ws
