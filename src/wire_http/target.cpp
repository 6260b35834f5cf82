// SPDX-License-Identifier: MIT

#include "target.hpp"

#include "characters.hpp"
#include "lists.hpp"

#include <algorithm>
#include <cstddef>

namespace patio::wire::http {

namespace {

bool is_port(std::string_view text) noexcept {
    constexpr std::size_t digits_max = 5;
    if (text.empty() || text.size() > digits_max) return false;
    unsigned value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= 65535;
}

bool is_ipv4(std::string_view text) noexcept {
    for (int part = 0; part < 4; ++part) {
        const std::size_t end = part == 3 ? text.size() : text.find('.');
        if (end == std::string_view::npos || end == 0 || end > 3) return false;
        unsigned value = 0;
        for (const char c : text.substr(0, end)) {
            if (!is_digit(c)) return false;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        if (value > 255 || (end > 1 && text[0] == '0')) return false;
        text.remove_prefix(part == 3 ? end : end + 1);
    }
    return true;
}

/// Groups of hexadecimal digits between colons, and how many groups of 16 bits they are; -1 if they
/// are none. Only the last part may end with an address of IPv4.
int count_groups(std::string_view text, bool is_last) noexcept {
    if (text.empty()) return 0;
    int count = 0;
    for (;;) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        const bool is_end = colon == std::string_view::npos;
        if (is_end && is_last && is_ipv4(group)) return count + 2;
        if (group.empty() || group.size() > 4) return -1;
        if (!std::all_of(group.begin(), group.end(), is_hex_digit)) return -1;
        ++count;
        if (is_end) return count;
        text.remove_prefix(colon + 1);
    }
}

bool is_ipv6(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return count_groups(text, true) == 8;
    const int front = count_groups(text.substr(0, gap), false);
    const int back = count_groups(text.substr(gap + 2), true);
    return front >= 0 && back >= 0 && front + back <= 7;
}

/// A name, or an address of IPv4, which is written with a name's characters.
bool is_registered_name(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_name_character(text[i])) return false;
        if (text[i] != '%') continue;
        if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))
            return false;
    }
    return !text.empty();
}

bool are_target_characters(std::string_view path_and_query) noexcept {
    bool is_query = false;
    for (const char c : path_and_query) {
        if (c == '?') is_query = true;
        if (!is_target_character(c) && !(is_query && c == '\\')) return false;
    }
    return true;
}

target_facts check_absolute(std::string_view target) noexcept {
    constexpr target_facts malformed{problem::target_malformed, target_form::absolute, {}};
    const std::size_t mark = target.find("://");
    if (mark == std::string_view::npos) return malformed;
    const std::string_view scheme = target.substr(0, mark);
    if (!is_same_token(scheme, "http") && !is_same_token(scheme, "https")) return malformed;
    const std::string_view rest = target.substr(mark + 3);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    const std::string_view authority = rest.substr(0, end);
    if (!parse_host(authority).is_valid || !are_target_characters(rest.substr(end)))
        return malformed;
    return {problem::none, target_form::absolute, authority};
}

}  // namespace

host_and_port parse_host(std::string_view text) noexcept {
    host_and_port found;
    const bool is_literal = text.starts_with('[');
    const std::size_t end = is_literal ? text.find(']') : text.find(':');
    if (is_literal && end == std::string_view::npos) return found;
    found.host = text.substr(0, is_literal ? end + 1 : end);
    const std::string_view rest = text.substr(found.host.size());
    if (!rest.empty()) {
        if (rest.front() != ':' || !is_port(rest.substr(1))) return found;
        found.port = rest.substr(1);
    }
    found.is_valid = is_literal ? is_ipv6(text.substr(1, end - 1)) : is_registered_name(found.host);
    return found;
}

target_facts check_target(std::string_view method, std::string_view target) noexcept {
    if (target.empty()) return {problem::target_malformed, target_form::origin, {}};
    if (method == "CONNECT") {
        const host_and_port parts = parse_host(target);
        const bool is_right = parts.is_valid && !parts.port.empty();
        return {is_right ? problem::none : problem::target_form_wrong, target_form::authority,
                target};
    }
    if (target == "*") {
        const bool is_right = method == "OPTIONS";
        return {is_right ? problem::none : problem::target_form_wrong, target_form::asterisk, {}};
    }
    if (target.front() != '/') return check_absolute(target);
    const bool is_right = are_target_characters(target);
    return {is_right ? problem::none : problem::target_malformed, target_form::origin, {}};
}

}  // namespace patio::wire::http
