// SPDX-License-Identifier: MIT
#pragma once

// Which characters may stand where in HTTP. **Source** RFC 9110 section 5.6.

#include <cstddef>
#include <string_view>

namespace patio::http {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// `tchar`: what names, methods and tokens are made of.
constexpr bool is_token_character(char c) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return is_digit(c) || is_alpha(c) || marks.find(c) != std::string_view::npos;
}

/// A control character that no field value may have; the tab is none of them.
constexpr bool is_forbidden_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

/// Whether no character is a forbidden control. Without an early way out, so that compilers take
/// sixteen at a time.
constexpr bool has_no_controls(std::string_view text) noexcept {
    bool bad = false;
    for (const char c : text)
        bad |= is_forbidden_control(c);
    return !bad;
}

/// Without the blanks and tabs at both ends: `OWS`.
constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Takes what stands before the first `separator` off the front, and the separator with it.
constexpr std::string_view take_until(std::string_view& rest, char separator) noexcept {
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

}  // namespace patio::http
