// SPDX-License-Identifier: MIT

#include "page_url.hpp"

#include <utility>

namespace fetch {

namespace {

using patio::http::url;
using patio::http::url_result;

bool is_unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// The value of a hexadecimal digit, or -1.
int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_escaped(std::string& target, unsigned char c) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    target += '%';
    target += digits[c >> 4U];
    target += digits[c & 15U];
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// "mailto:a@b" does, "localhost:8080/x" does not: what follows is a port.
bool begins_with_scheme(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.starts_with('[')) return false;
    const std::string_view rest = text.substr(colon + 1);
    const std::string_view port = rest.substr(0, rest.find_first_of("/?#"));
    return port.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

std::string with_least_escapes(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const int high = c == '%' && i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
        const int low = high >= 0 ? digit_of(text[i + 2]) : -1;
        if (low >= 0) {
            const auto meant = static_cast<unsigned char>(high * 16 + low);
            if (is_unreserved(meant)) {
                plain += static_cast<char>(meant);
            } else {
                append_escaped(plain, meant);
            }
            i += 2;
        } else if (c <= ' ' || c >= 0x7f) {
            append_escaped(plain, c);
        } else {
            plain += static_cast<char>(c);
        }
    }
    return plain;
}

std::optional<url> page_url(std::string_view text, const url& base) {
    const url_result read = url::try_parse(text, base);
    if (!read || (read->scheme() != "http" && read->scheme() != "https")) return std::nullopt;
    url page = read->without_fragment();
    page = page.with_path(with_least_escapes(page.path()));
    if (page.query().empty()) return page.without_query();
    return page.with_query(with_least_escapes(page.query()));
}

std::optional<url> typed_url(std::string_view text) {
    text = without_blanks(text);
    if (text.empty()) return std::nullopt;
    if (text.find("://") != std::string_view::npos) return page_url(text);
    if (begins_with_scheme(text)) return std::nullopt;
    return page_url("http://" + std::string{text});
}

std::string site_of(const url& page) { return std::string{page.host_and_port()}; }

}  // namespace fetch
