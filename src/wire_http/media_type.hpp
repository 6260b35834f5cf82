// SPDX-License-Identifier: MIT
#pragma once

// Content-Type. RFC 9110 section 8.3.1.

#include <patio/base/config.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::wire::http {

/// "text/html; charset=utf-8", taken apart.
struct media_type {
    std::string type;     // in lower case
    std::string subtype;  // in lower case
    /// Names in lower case, values as they are, without their quotes.
    std::vector<std::pair<std::string, std::string>> parameters;

    [[nodiscard]] PATIO_EXPORT bool is(std::string_view wanted_type,
                                       std::string_view wanted_subtype) const noexcept;
    /// The value of the first parameter of that name (in lower case); null if there is none.
    [[nodiscard]] PATIO_EXPORT const std::string* parameter(std::string_view name) const noexcept;
};

/// Empty if it is malformed, in its parameters as well: half of a type means something else than
/// the whole. Semicolons with nothing between them are allowed (RFC 9110 section 5.6.6).
[[nodiscard]] PATIO_EXPORT std::optional<media_type> parse_media_type(std::string_view value);

}  // namespace patio::wire::http
