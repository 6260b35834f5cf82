// SPDX-License-Identifier: MIT
#pragma once

// The key that a client sends in the opening handshake, and what a server answers to it.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace patio::wire::ws {

/// **Source** RFC 4648 section 4, with padding.
[[nodiscard]] PATIO_EXPORT std::string to_base64(byte_view bytes);

/// A client's Sec-WebSocket-Key from sixteen random bytes; the randomness is the caller's.
/// **Source** RFC 6455 section 4.1.
[[nodiscard]] PATIO_EXPORT std::string make_key(const std::array<std::byte, 16>& random);

/// Whether a key is sixteen bytes in base64. The four bits of its last letter that mean nothing may
/// be set: the key is never decoded, only digested as it stands.
[[nodiscard]] PATIO_EXPORT bool is_valid_key(std::string_view key) noexcept;

/// The Sec-WebSocket-Accept that belongs to a key. **Source** RFC 6455 section 4.2.2.
[[nodiscard]] PATIO_EXPORT std::string accept_for(std::string_view key);

}  // namespace patio::wire::ws
