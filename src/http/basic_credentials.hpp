// SPDX-License-Identifier: MIT
#pragma once

// The value of Authorization for a user and a password.

#include <string>
#include <string_view>

namespace patio::http::detail {

/// "Basic …" of both in Base64. **Source** RFC 7617; RFC 4648 section 4.
[[nodiscard]] inline std::string basic_credentials(std::string_view user,
                                                   std::string_view password) {
    std::string plain{user};
    plain.append(":").append(password);
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string value = "Basic ";
    for (std::size_t at = 0; at < plain.size(); at += 3) {
        unsigned bits = 0;
        for (std::size_t i = at; i < at + 3; ++i)
            bits = bits << 8U | (i < plain.size() ? static_cast<unsigned char>(plain[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) {
            const bool is_padding = at + i > plain.size();
            value += is_padding ? '=' : digits[bits >> (18 - 6 * i) & 0x3FU];
        }
    }
    return value;
}

}  // namespace patio::http::detail
