// SPDX-License-Identifier: MIT

#include "entity_tag.hpp"

#include "characters.hpp"
#include "lists.hpp"

#include <cstddef>

namespace patio::wire::http {

namespace {

/// etagc of RFC 9110 section 8.8.3; a backslash is a character like any other.
bool is_tag_character(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != '"' && byte != 0x7f;
}

/// Takes a tag off the front of a text.
std::optional<entity_tag> take_tag(std::string_view& text) noexcept {
    entity_tag tag;
    std::string_view rest = text;
    if (rest.starts_with("W/")) {
        tag.is_weak = true;
        rest.remove_prefix(2);
    }
    if (!rest.starts_with('"')) return std::nullopt;
    rest.remove_prefix(1);
    std::size_t end = 0;
    while (end < rest.size() && is_tag_character(rest[end]))
        ++end;
    if (end == rest.size() || rest[end] != '"') return std::nullopt;
    tag.opaque = rest.substr(0, end);
    text = rest.substr(end + 1);
    return tag;
}

}  // namespace

std::optional<entity_tag> parse_entity_tag(std::string_view text) noexcept {
    const auto tag = take_tag(text);
    return text.empty() ? tag : std::nullopt;
}

bool is_same_tag(const entity_tag& a, const entity_tag& b, tag_comparison how) noexcept {
    if (how == tag_comparison::strong && (a.is_weak || b.is_weak)) return false;
    return a.opaque == b.opaque;
}

bool has_tag(std::string_view list, const entity_tag& tag, tag_comparison how) noexcept {
    list = without_blanks(list);
    if (list == "*") return true;
    while (!list.empty()) {
        if (list.front() == ',') {
            list = without_blanks(list.substr(1));
            continue;
        }
        const auto each = take_tag(list);
        if (!each) return false;
        list = without_blanks(list);
        if (!list.empty() && list.front() != ',') return false;
        if (is_same_tag(*each, tag, how)) return true;
    }
    return false;
}

}  // namespace patio::wire::http
