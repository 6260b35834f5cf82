// SPDX-License-Identifier: MIT
#pragma once

// The numbers that say how a request went.

#include <patio/base/config.hpp>

#include <string_view>

namespace patio::http {

/// The words that go with a status, "Not Found" for 404; "Unknown" for one that nobody has named.
/// **Source** the registry of IANA (RFC 9110 section 15 and others).
[[nodiscard]] PATIO_EXPORT std::string_view reason_of(int status) noexcept;

[[nodiscard]] constexpr bool is_informational(int status) noexcept { return status / 100 == 1; }
[[nodiscard]] constexpr bool is_success(int status) noexcept { return status / 100 == 2; }
[[nodiscard]] constexpr bool is_redirect(int status) noexcept { return status / 100 == 3; }
[[nodiscard]] constexpr bool is_client_error(int status) noexcept { return status / 100 == 4; }
[[nodiscard]] constexpr bool is_server_error(int status) noexcept { return status / 100 == 5; }

}  // namespace patio::http
