// SPDX-License-Identifier: MIT

#include "rules.hpp"

#include "limits.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace chat {

namespace {

constexpr std::size_t name_points_max = 24;
constexpr std::size_t name_bytes_max = 96;

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(std::string_view text, std::size_t bytes_min) noexcept {
    const auto may_be = [](char c) {
        return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    };
    return text.size() >= bytes_min && text.size() <= 64 && std::ranges::all_of(text, may_be);
}

/// Takes a code point off the front. Empty: it is not UTF-8 (RFC 3629 section 4).
std::optional<char32_t> take_point(std::string_view& text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || text.size() < length) return {};
    char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {};
        point = point << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < least.at(length) || is_surrogate || point > 0x10FFFF) return {};
    text.remove_prefix(length);
    return point;
}

bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }
/// What is not seen, or changes the direction of what is around it.
bool is_invisible(char32_t c) noexcept {
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}
bool is_space(char32_t c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 15U];
    }
    return text;
}

}  // namespace

bool is_room(std::string_view word) noexcept {
    const auto may_be = [](char c) { return is_lower_or_digit(c) || c == '-'; };
    return !word.empty() && word.size() <= 32 && word.front() != '-' &&
           std::ranges::all_of(word, may_be);
}
bool is_token(std::string_view word) noexcept { return is_word(word, 22); }
bool is_key(std::string_view word) noexcept { return is_word(word, 16); }

bool is_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > name_bytes_max) return false;
    bool follows_space = true;  // none at the beginning
    for (std::size_t count = 0; !text.empty(); ++count) {
        const auto point = take_point(text);
        if (!point || count == name_points_max) return false;
        if (is_control(*point) || is_invisible(*point)) return false;
        const bool is_blank = is_space(*point);
        if (is_blank && follows_space) return false;
        follows_space = is_blank;
    }
    return !follows_space;
}

text_fault check_text(std::string_view text) noexcept {
    if (text.size() > text_bytes_max) return text_fault::too_long;
    bool is_blank = true;
    while (!text.empty()) {
        const auto point = take_point(text);
        if (!point) return text_fault::bad;
        if (is_control(*point) && *point != '\n' && *point != '\t') return text_fault::bad;
        if (!is_space(*point) && !is_invisible(*point)) is_blank = false;
    }
    return is_blank ? text_fault::empty : text_fault::none;
}

std::string folded(std::string_view name) {
    std::string same{name};
    for (char& c : same)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return same;
}

std::string hash_of(std::string_view token) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(token.data(), token.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error{"SHA-256 is not to be had"};
    return hexadecimal(digest.data(), length);
}

std::string random_word() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error{"there are no random numbers"};
    return hexadecimal(bytes.data(), bytes.size());
}

}  // namespace chat
