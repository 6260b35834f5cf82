// SPDX-License-Identifier: MIT
#pragma once

// Classes of bytes, and percent-encoding at the end of a text that is being written.

#include <patio/http/percent_encoding.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace patio::http::detail {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'z';
}
/// The value of a hexadecimal digit; 16 of any other character.
[[nodiscard]] constexpr unsigned hex_value(char c) noexcept {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

/// For each byte the sets that it belongs to, as the bits of `percent_set`.
[[nodiscard]] consteval std::array<std::uint8_t, 256> make_percent_table() {
    std::array<std::uint8_t, 256> table{};
    const auto add = [&table](std::string_view bytes, unsigned sets) {
        for (const char c : bytes)
            table[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(sets);
    };
    constexpr auto bit = [](percent_set set) { return static_cast<unsigned>(set); };
    constexpr unsigned form = bit(percent_set::form);
    constexpr unsigned component = form | bit(percent_set::component);
    constexpr unsigned userinfo = component | bit(percent_set::userinfo);
    constexpr unsigned path = userinfo | bit(percent_set::path);
    constexpr unsigned special_query = bit(percent_set::special_query);
    constexpr unsigned query = path | special_query | bit(percent_set::query);
    constexpr unsigned fragment = bit(percent_set::fragment);
    for (unsigned byte = 0; byte < 256; ++byte) {
        if (byte <= 0x1F || byte > 0x7E) table[byte] = 0xFF;
    }
    add(" \"<>", query | fragment);
    add("#", query);
    add("'", special_query | form);
    add("`", path | fragment);
    add("?^{}", path);
    add("/:;=@[\\]|", userinfo);
    add("$%&+,", component);
    add("!()~", form);
    return table;
}
inline constexpr std::array<std::uint8_t, 256> percent_table = make_percent_table();

[[nodiscard]] constexpr bool is_in(percent_set set, char c) noexcept {
    return (percent_table[static_cast<unsigned char>(c)] & static_cast<std::uint8_t>(set)) != 0;
}

void append_percent_encoded(std::string& to, std::string_view text, percent_set set);
void append_percent_byte(std::string& to, char c);

}  // namespace patio::http::detail
