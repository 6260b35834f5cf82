// SPDX-License-Identifier: MIT
#pragma once

// The rules of cookies that need no jar: how a Set-Cookie field is read, and what matches what.

#include <patio/base/config.hpp>
#include <patio/http/cookies.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace patio::http {

/// A Set-Cookie field in its parts. **Borrows** from the field.
struct set_cookie_parts {
    std::string_view name;
    std::string_view value;
    std::optional<cookie::time_point> expires;
    std::optional<std::chrono::seconds> age;  // Max-Age, which counts more than Expires
    std::string_view domain;                  // without a dot before it; as it was written
    std::string_view path;                    // empty for the default path
    bool has_path = false;                    // an attribute gave it
    bool is_secure = false;
    bool is_http_only = false;
    same_site site = same_site::unset;
};

/// Reads the value of a Set-Cookie field. **Returns** `kept` if there is a cookie in it, otherwise
/// `malformed` or `too_large`. **Source** RFC 6265 section 5.2; RFC 6265bis section 5.6.
[[nodiscard]] PATIO_EXPORT cookie_verdict read_set_cookie(std::string_view field,
                                                          set_cookie_parts& into);

/// A date as servers write it, in any order and with any separators. **Source** RFC 6265
/// section 5.1.1.
[[nodiscard]] PATIO_EXPORT std::optional<cookie::time_point> read_cookie_date(
    std::string_view text);

/// The host in lowercase and without the brackets of an IPv6 address.
[[nodiscard]] PATIO_EXPORT std::string canonical_host(std::string_view host);
/// Whether a canonical host, and a path, may be kept, and be a field of a jar's file.
[[nodiscard]] PATIO_EXPORT bool is_cookie_host(std::string_view host) noexcept;
[[nodiscard]] PATIO_EXPORT bool is_cookie_path(std::string_view path) noexcept;
/// Whether a canonical host is an IP address: nothing is below or above one.
[[nodiscard]] PATIO_EXPORT bool is_ip_host(std::string_view host) noexcept;
/// Whether a canonical host is this machine.
[[nodiscard]] PATIO_EXPORT bool is_loopback_host(std::string_view host) noexcept;
/// Whether a canonical host is the domain or below it. **Source** RFC 6265 section 5.1.3.
[[nodiscard]] PATIO_EXPORT bool domain_matches(std::string_view host,
                                               std::string_view domain) noexcept;
/// The directory of a request's path. **Source** RFC 6265 section 5.1.4.
[[nodiscard]] PATIO_EXPORT std::string_view default_path(std::string_view request_path) noexcept;
/// Whether a request's path is the cookie's or below it. **Source** RFC 6265 section 5.1.4.
[[nodiscard]] PATIO_EXPORT bool path_matches(std::string_view request_path,
                                             std::string_view cookie_path) noexcept;
/// What the prefixes `__Secure-` and `__Host-` of a name promise. A cookie without a name must not
/// have them in its value: a server would read it as one with that name. **Source** RFC 6265bis
/// sections 4.1.3 and 5.7.
[[nodiscard]] PATIO_EXPORT bool keeps_prefix(const cookie& made) noexcept;
[[nodiscard]] PATIO_EXPORT bool has_host_prefix(const cookie& made) noexcept;
/// Whether a pair may be in a jar at all.
[[nodiscard]] PATIO_EXPORT cookie_verdict check_pair(std::string_view name,
                                                     std::string_view value) noexcept;

}  // namespace patio::http
