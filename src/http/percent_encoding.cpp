// SPDX-License-Identifier: MIT

#include <patio/http/percent_encoding.hpp>

#include "percent_bytes.hpp"

namespace patio::http {

namespace detail {

void append_percent_byte(std::string& to, char c) {
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    const char encoded[] = {'%', digits[byte >> 4U], digits[byte & 0xFU]};
    to.append(encoded, sizeof encoded);
}

void append_percent_encoded(std::string& to, std::string_view text, percent_set set) {
    std::size_t plain = 0;  // where the bytes begin that are taken as they are
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_in(set, text[i])) continue;
        to.append(text, plain, i - plain);
        append_percent_byte(to, text[i]);
        plain = i + 1;
    }
    to.append(text, plain);
}

}  // namespace detail

std::string percent_encode(std::string_view text, percent_set set) {
    std::string encoded;
    encoded.reserve(text.size());
    detail::append_percent_encoded(encoded, text, set);
    return encoded;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    while (!text.empty()) {
        const auto plain = text.substr(0, text.find('%'));
        decoded += plain;
        text.remove_prefix(plain.size());
        if (text.empty()) break;
        const unsigned high = text.size() > 2 ? detail::hex_value(text[1]) : 16;
        const unsigned low = text.size() > 2 ? detail::hex_value(text[2]) : 16;
        const bool is_byte = high < 16 && low < 16;
        decoded += is_byte ? static_cast<char>(high << 4U | low) : '%';
        text.remove_prefix(is_byte ? 3 : 1);
    }
    return decoded;
}

}  // namespace patio::http
