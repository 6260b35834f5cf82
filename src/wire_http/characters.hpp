// SPDX-License-Identifier: MIT
#pragma once

// Which byte may stand where in a head. Tables, because each byte of each head is asked about.

#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace patio::wire::http {

namespace detail {

enum character_class : std::uint8_t {
    token_class = 1,   // RFC 9110 section 5.6.2: tchar
    target_class = 2,  // a path or a query, see is_target_character
    name_class = 4,    // RFC 3986 section 3.2.2: reg-name
    digit_class = 8,
    hex_class = 16,
    alpha_class = 32,
};

constexpr std::array<std::uint8_t, 256> make_character_classes() noexcept {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&table](std::string_view all, int as) {
        for (const char c : all) {
            auto& entry = table[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | as);
        }
    };
    mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
         token_class | target_class | name_class | alpha_class);
    mark("0123456789", token_class | target_class | name_class | digit_class | hex_class);
    mark("abcdefABCDEF", hex_class);
    mark("!#$%&'*+-.^_`|~", token_class);
    mark("-._~!$&'()*+;=%", target_class | name_class);
    mark(",:@/?[]^`{|}", target_class);
    return table;
}

inline constexpr std::array<std::uint8_t, 256> character_classes = make_character_classes();

constexpr bool is_of(char c, int wanted) noexcept {
    return (character_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

}  // namespace detail

constexpr bool is_digit(char c) noexcept { return detail::is_of(c, detail::digit_class); }
constexpr bool is_hex_digit(char c) noexcept { return detail::is_of(c, detail::hex_class); }
constexpr bool is_letter(char c) noexcept { return detail::is_of(c, detail::alpha_class); }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
/// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_character(char c) noexcept { return detail::is_of(c, detail::token_class); }
/// A byte of a host's name in a URI, RFC 3986 section 3.2.2, without the comma: no name has one,
/// and it is what some recipients put between two values of Host.
constexpr bool is_name_character(char c) noexcept { return detail::is_of(c, detail::name_class); }
/// What RFC 3986 allows in a path or a query, and beyond it `[]^`{|}`: browsers send these as they
/// are. Whether two hexadecimal digits follow a `%` is asked where the text is decoded.
constexpr bool is_target_character(char c) noexcept {
    return detail::is_of(c, detail::target_class);
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The value of a hexadecimal digit.
constexpr std::uint64_t hex_value(char c) noexcept {
    const char lower = to_lower(c);
    return static_cast<std::uint64_t>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
}

/// The index of the first byte that no line of HTTP contains: below 0x20 except the tab, or 0x7f.
/// The length if there is none. CR and LF are among them.
[[nodiscard]] PATIO_EXPORT std::size_t find_control(std::string_view text) noexcept;

}  // namespace patio::wire::http
