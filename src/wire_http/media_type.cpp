// SPDX-License-Identifier: MIT

#include "media_type.hpp"

#include "characters.hpp"
#include "lists.hpp"

#include <cstddef>

namespace patio::wire::http {

namespace {

std::string in_lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        c = to_lower(c);
    return lower;
}

/// What a quoted string stands for. RFC 9110 section 5.6.4.
std::optional<std::string> unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    text.remove_prefix(1);
    text.remove_suffix(1);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return std::nullopt;
        if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
        plain += text[i];
    }
    if (find_control(plain) != plain.size()) return std::nullopt;
    return plain;
}

bool read_parameter(std::string_view text, media_type& into) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    if (!is_token(name)) return false;
    if (is_token(value)) {
        into.parameters.emplace_back(in_lower_case(name), value);
        return true;
    }
    auto plain = unquoted(value);
    if (!plain) return false;
    into.parameters.emplace_back(in_lower_case(name), *std::move(plain));
    return true;
}

}  // namespace

bool media_type::is(std::string_view wanted_type, std::string_view wanted_subtype) const noexcept {
    return is_same_token(type, wanted_type) && is_same_token(subtype, wanted_subtype);
}

const std::string* media_type::parameter(std::string_view name) const noexcept {
    for (const auto& [each, value] : parameters)
        if (is_same_token(each, name)) return &value;
    return nullptr;
}

std::optional<media_type> parse_media_type(std::string_view value) {
    list_reader parts{value, ';'};
    const std::size_t end = value.find(';');
    const std::string_view essence = without_blanks(value.substr(0, end));
    const std::size_t slash = essence.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view type = essence.substr(0, slash);
    const std::string_view subtype = essence.substr(slash + 1);
    if (!is_token(type) || !is_token(subtype)) return std::nullopt;
    media_type found{in_lower_case(type), in_lower_case(subtype), {}};
    (void)parts.next();  // the essence
    while (const auto part = parts.next())
        if (!read_parameter(*part, found)) return std::nullopt;
    return found;
}

}  // namespace patio::wire::http
