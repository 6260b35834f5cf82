// SPDX-License-Identifier: MIT
#pragma once

// Dates in fields. RFC 9110 section 5.6.7.

#include <patio/base/config.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace patio::wire::http {

/// A date in any of the three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37
/// GMT" and "Sun Nov  6 08:49:37 1994". Empty if it is none.
///
/// The second form has two digits for the year; it means the year that is at most 50 years after
/// `now`. The name of the day must be one, but need not be the right one. A leap second is the
/// second behind it.
[[nodiscard]] PATIO_EXPORT std::optional<std::chrono::sys_seconds> parse_date(
    std::string_view text, std::chrono::sys_seconds now) noexcept;

/// A date as text, always of 29 characters.
class date_text {
public:
    explicit date_text(const std::array<char, 29>& all) noexcept : all_{all} {}
    [[nodiscard]] std::string_view text() const noexcept { return {all_.data(), all_.size()}; }

private:
    std::array<char, 29> all_;
};

/// A date in the first form. Years before 0 and after 9999 cannot be written; the nearest that can
/// is.
[[nodiscard]] PATIO_EXPORT date_text format_date(std::chrono::sys_seconds when) noexcept;

}  // namespace patio::wire::http
