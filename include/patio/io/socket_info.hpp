// SPDX-License-Identifier: MIT
#pragma once

// What can be asked of the socket under a stream.

#include <patio/base/config.hpp>
#include <patio/core/stream.hpp>
#include <patio/io/endpoint.hpp>

namespace patio {

/// Who is at the other end of a stream; the unnamed endpoint for most clients of a Unix socket.
/// **Fails** with usage_error if the stream is closed or not over a socket; with what
/// getpeername(2) says (ENOTCONN once the connection was reset).
[[nodiscard]] PATIO_EXPORT endpoint peer_endpoint(const stream& of);
/// Where this end is. **Fails** as `peer_endpoint` does.
[[nodiscard]] PATIO_EXPORT endpoint local_endpoint(const stream& of);

}  // namespace patio
