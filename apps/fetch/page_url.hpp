// SPDX-License-Identifier: MIT
#pragma once

// Which addresses are the same page, and which pages the same site.

#include <patio/http/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace fetch {

/// The one form of an address that all its spellings have: what pages are told apart by. There is
/// no fragment and no empty query, and nothing is percent-encoded without need.
///
/// Empty for what is no page: another scheme than http and https, or no URL at all.
[[nodiscard]] std::optional<patio::http::url> page_url(std::string_view text,
                                                       const patio::http::url& base = {});
/// The same for what people type: "example.org/x" is http://example.org/x.
[[nodiscard]] std::optional<patio::http::url> typed_url(std::string_view text);

/// "example.org" or "example.org:8080": http and https of one host are one site, since most sites
/// only send from the one to the other.
[[nodiscard]] std::string site_of(const patio::http::url& page);

/// Percent-encoded characters that need not be so are decoded (RFC 3986 section 2.3), those that
/// must be are encoded, and hexadecimal digits are capitals: equal paths become equal texts.
[[nodiscard]] std::string with_least_escapes(std::string_view text);

}  // namespace fetch
