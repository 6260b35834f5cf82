// SPDX-License-Identifier: MIT

#include "opening_key.hpp"

#include "sha1.hpp"

#include <algorithm>
#include <cstdint>

namespace patio::wire::ws {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::size_t key_letters = 22;  // 16 bytes are 128 bits, at 6 each

}  // namespace

std::string to_base64(byte_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (byte_view rest = bytes; !rest.empty(); rest = rest.from(3)) {
        const byte_view three = rest.first(3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits <<= 8;
            if (i < three.size()) bits |= std::to_integer<std::uint32_t>(three.data()[i]);
        }
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= three.size() ? letters[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::string make_key(const std::array<std::byte, 16>& random) { return to_base64(random); }

bool is_valid_key(std::string_view key) noexcept {
    if (key.size() != key_letters + 2 || key.substr(key_letters) != "==") return false;
    return std::all_of(key.begin(), key.begin() + key_letters,
                       [](char c) { return letters.find(c) != std::string_view::npos; });
}

std::string accept_for(std::string_view key) {
    std::string text{key};
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    return to_base64(sha1(text));
}

}  // namespace patio::wire::ws
