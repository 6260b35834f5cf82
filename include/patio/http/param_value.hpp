// SPDX-License-Identifier: MIT
#pragma once

// How a part of a path becomes a value.

#include <patio/base/config.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace patio::http {

namespace detail {

// All of the text is the number; empty if it is none, or too large.
[[nodiscard]] PATIO_EXPORT std::optional<std::int64_t> parse_signed(std::string_view text) noexcept;
[[nodiscard]] PATIO_EXPORT std::optional<std::uint64_t> parse_unsigned(
    std::string_view text) noexcept;
[[nodiscard]] PATIO_EXPORT std::optional<double> parse_real(std::string_view text) noexcept;

template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

}  // namespace detail

/// Reads a value from a part of a path, decoded: what the functions of routes have as parameters.
///
/// A type of one's own is read by a specialisation:
/// ```
/// template <>
/// struct patio::http::param_value<colour> {
///     static std::optional<colour> parse(std::string_view text) { return colour::named(text); }
/// };
/// ```
/// Empty means that the text is none, and that the route does not match. The text stays as long as
/// the request. `parse` is called twice for each request: to choose the route, and to call it.
template <class T>
struct param_value;

/// Decimal digits, with a minus sign where the type has one; nothing around them, and no plus sign.
/// A number that the type cannot hold is none.
template <detail::integer T>
struct param_value<T> {
    [[nodiscard]] static std::optional<T> parse(std::string_view text) noexcept {
        using limits = std::numeric_limits<T>;
        if constexpr (std::signed_integral<T>) {
            const std::optional<std::int64_t> number = detail::parse_signed(text);
            if (!number || *number < limits::min() || *number > limits::max()) return std::nullopt;
            return static_cast<T>(*number);
        } else {
            const std::optional<std::uint64_t> number = detail::parse_unsigned(text);
            if (!number || *number > limits::max()) return std::nullopt;
            return static_cast<T>(*number);
        }
    }
};

/// "1.5", "1e3"; neither an infinity nor "nan".
template <>
struct param_value<double> {
    [[nodiscard]] static std::optional<double> parse(std::string_view text) noexcept {
        return detail::parse_real(text);
    }
};

/// "true" or "1", "false" or "0".
template <>
struct param_value<bool> {
    [[nodiscard]] static std::optional<bool> parse(std::string_view text) noexcept {
        if (text == "true" || text == "1") return true;
        if (text == "false" || text == "0") return false;
        return std::nullopt;
    }
};

/// Any text.
template <>
struct param_value<std::string> {
    [[nodiscard]] static std::optional<std::string> parse(std::string_view text) {
        return std::string{text};
    }
};

/// Any text. **Borrows** from the request.
template <>
struct param_value<std::string_view> {
    [[nodiscard]] static std::optional<std::string_view> parse(std::string_view text) noexcept {
        return text;
    }
};

/// What can be read from a part of a path.
template <class T>
concept path_parameter = std::movable<T> && requires(std::string_view text) {
    { param_value<T>::parse(text) } -> std::same_as<std::optional<T>>;
};

}  // namespace patio::http
