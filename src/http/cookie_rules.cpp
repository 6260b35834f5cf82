// SPDX-License-Identifier: MIT

#include "cookie_rules.hpp"

#include "text_rules.hpp"

#include <patio/http/headers.hpp>

#include <algorithm>
#include <limits>

namespace patio::http {

namespace {

/// `delimiter` of RFC 6265 section 5.1.1.
constexpr bool is_date_delimiter(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2F) || (byte >= 0x3B && byte <= 0x40) ||
           (byte >= 0x5B && byte <= 0x60) || (byte >= 0x7B && byte <= 0x7E);
}

/// Takes a number of `digits_min` to `digits_max` digits off the front; a further digit is an
/// error.
std::optional<int> take_number(std::string_view& text, std::size_t digits_min,
                               std::size_t digits_max) noexcept {
    std::size_t count = 0;
    int value = 0;
    while (count < text.size() && is_digit(text[count])) {
        if (count == digits_max) return std::nullopt;
        value = value * 10 + (text[count] - '0');
        ++count;
    }
    if (count < digits_min) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

struct date_parts {
    std::optional<int> hour;
    int minute = 0;
    int second = 0;
    std::optional<int> day;
    std::optional<unsigned> month;
    std::optional<int> year;
};

/// `hms-time` and whatever follows it that is no digit.
bool read_time(std::string_view token, date_parts& into) noexcept {
    const auto hour = take_number(token, 1, 2);
    if (!hour || token.empty() || token.front() != ':') return false;
    token.remove_prefix(1);
    const auto minute = take_number(token, 1, 2);
    if (!minute || token.empty() || token.front() != ':') return false;
    token.remove_prefix(1);
    const auto second = take_number(token, 1, 2);
    if (!second) return false;
    into.hour = hour;
    into.minute = *minute;
    into.second = *second;
    return true;
}

std::optional<unsigned> read_month(std::string_view token) noexcept {
    constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (token.size() < 3) return std::nullopt;
    for (unsigned i = 0; i < 12; ++i)
        if (is_same_name(token.substr(0, 3), names.substr(i * std::size_t{3}, 3))) return i + 1;
    return std::nullopt;
}

void read_date_token(std::string_view token, date_parts& into) noexcept {
    if (!into.hour && read_time(token, into)) return;
    if (!into.day) {
        std::string_view rest = token;
        into.day = take_number(rest, 1, 2);
        if (into.day) return;
    }
    if (!into.month) {
        into.month = read_month(token);
        if (into.month) return;
    }
    if (!into.year) into.year = take_number(token, 2, 4);
}

/// `Max-Age`: digits, with a minus before them or not. What is too large for a number is for ever.
std::optional<std::chrono::seconds> read_age(std::string_view text) noexcept {
    const bool is_negative = !text.empty() && text.front() == '-';
    if (is_negative) text.remove_prefix(1);
    // RFC 6265 takes a lone minus for a number; nobody writes it.
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    if (is_negative) return std::chrono::seconds{0};
    constexpr std::int64_t much = std::int64_t{1} << 40;
    std::int64_t value = 0;
    for (const char c : text)
        value = std::min(value * 10 + (c - '0'), much);
    return std::chrono::seconds{value};
}

void read_attribute(std::string_view name, std::string_view value, set_cookie_parts& into) {
    if (value.size() > cookie_limits::attribute_bytes_max) return;
    if (is_same_name(name, "Expires")) {
        if (const auto date = read_cookie_date(value)) into.expires = date;
    } else if (is_same_name(name, "Max-Age")) {
        if (const auto age = read_age(value)) into.age = age;
    } else if (is_same_name(name, "Domain")) {
        if (!value.empty() && value.front() == '.') value.remove_prefix(1);
        into.domain = value;
    } else if (is_same_name(name, "Path")) {
        into.has_path = !value.empty() && value.front() == '/';
        into.path = into.has_path ? value : std::string_view{};
    } else if (is_same_name(name, "Secure")) {
        into.is_secure = true;
    } else if (is_same_name(name, "HttpOnly")) {
        into.is_http_only = true;
    } else if (is_same_name(name, "SameSite")) {
        into.site = is_same_name(value, "None")     ? same_site::none
                    : is_same_name(value, "Strict") ? same_site::strict
                    : is_same_name(value, "Lax")    ? same_site::lax
                                                    : same_site::unset;
    }
}

bool begins_with(std::string_view text, std::string_view prefix) noexcept {
    return is_same_name(text.substr(0, prefix.size()), prefix);
}

}  // namespace

std::optional<cookie::time_point> read_cookie_date(std::string_view text) {
    date_parts parts;
    while (!text.empty()) {
        const auto end = std::find_if(text.begin(), text.end(), is_date_delimiter);
        const auto length = static_cast<std::size_t>(end - text.begin());
        if (length > 0) read_date_token(text.substr(0, length), parts);
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    if (!parts.hour || !parts.day || !parts.month || !parts.year) return std::nullopt;
    int year = *parts.year;
    if (year >= 70 && year <= 99) year += 1900;
    if (year >= 0 && year <= 69) year += 2000;
    if (year < 1601 || *parts.hour > 23 || parts.minute > 59 || parts.second > 59)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{*parts.month},
                                           std::chrono::day{static_cast<unsigned>(*parts.day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*parts.hour} +
           std::chrono::minutes{parts.minute} + std::chrono::seconds{parts.second};
}

cookie_verdict check_pair(std::string_view name, std::string_view value) noexcept {
    if (name.empty() && value.empty()) return cookie_verdict::malformed;
    if (!has_no_controls(name) || !has_no_controls(value)) return cookie_verdict::malformed;
    if (name.find_first_of("\t;=") != std::string_view::npos) return cookie_verdict::malformed;
    if (value.find(';') != std::string_view::npos) return cookie_verdict::malformed;
    // Sent without a name, "=a=b" would be read as the cookie "a". RFC 6265bis allows it.
    if (name.empty() && value.find('=') != std::string_view::npos) return cookie_verdict::malformed;
    if (name.size() + value.size() > cookie_limits::pair_bytes_max)
        return cookie_verdict::too_large;
    return cookie_verdict::kept;
}

cookie_verdict read_set_cookie(std::string_view field, set_cookie_parts& into) {
    into = {};
    if (!has_no_controls(field)) return cookie_verdict::malformed;
    std::string_view pair = take_until(field, ';');
    if (pair.find('=') != std::string_view::npos) into.name = trimmed(take_until(pair, '='));
    into.value = trimmed(pair);
    const cookie_verdict verdict = check_pair(into.name, into.value);
    if (verdict != cookie_verdict::kept) return verdict;
    while (!field.empty()) {
        std::string_view attribute = take_until(field, ';');
        const std::string_view name = trimmed(take_until(attribute, '='));
        read_attribute(name, trimmed(attribute), into);
    }
    return cookie_verdict::kept;
}

std::string canonical_host(std::string_view host) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    std::string canonical;
    append_lowercase(canonical, host);
    return canonical;
}

bool is_cookie_host(std::string_view host) noexcept {
    return !host.empty() && host.front() != '.' &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return c > ' ' && c < 0x7F && c != '#' && c != '/' && c != ';' && c != '@';
           });
}

bool is_cookie_path(std::string_view path) noexcept {
    return path.starts_with('/') && has_no_controls(path) &&
           path.find('\t') == std::string_view::npos;
}

bool is_ip_host(std::string_view host) noexcept {
    if (host.find(':') != std::string_view::npos) return true;
    // Names do not end in a number: RFC 3696 section 2, and the URL standard's "ends in a number".
    const std::size_t dot = host.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
    return !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
}

bool is_loopback_host(std::string_view host) noexcept {
    constexpr std::string_view below = ".localhost";
    return host == "localhost" || host == "127.0.0.1" || host == "::1" ||
           (host.size() > below.size() && host.ends_with(below));
}

bool domain_matches(std::string_view host, std::string_view domain) noexcept {
    if (host == domain) return true;
    return host.size() > domain.size() && host.ends_with(domain) && !domain.empty() &&
           host[host.size() - domain.size() - 1] == '.' && !is_ip_host(host);
}

std::string_view default_path(std::string_view request_path) noexcept {
    if (request_path.empty() || request_path.front() != '/') return "/";
    const std::size_t last = request_path.rfind('/');
    return last == 0 ? std::string_view{"/"} : request_path.substr(0, last);
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept {
    if (request_path.empty() || request_path.front() != '/') request_path = "/";
    if (!request_path.starts_with(cookie_path)) return false;
    return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           request_path[cookie_path.size()] == '/';
}

bool has_host_prefix(const cookie& made) noexcept {
    return begins_with(made.name.empty() ? made.value : made.name, "__Host-");
}

bool keeps_prefix(const cookie& made) noexcept {
    const bool is_host = has_host_prefix(made);
    if (!is_host && !begins_with(made.name.empty() ? made.value : made.name, "__Secure-"))
        return true;
    if (made.name.empty() || !made.is_secure) return false;
    return !is_host || (made.is_host_only && made.path == "/");
}

}  // namespace patio::http
