// SPDX-License-Identifier: MIT

#include "lists.hpp"

#include "characters.hpp"

#include <cstddef>

namespace patio::wire::http {

bool is_token(std::string_view text) noexcept {
    for (const char c : text)
        if (!is_token_character(c)) return false;
    return !text.empty();
}

std::string_view without_blanks(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

const field* find_field(fields all, std::string_view name) noexcept {
    for (const field& each : all)
        if (is_same_token(each.name, name)) return &each;
    return nullptr;
}

std::optional<std::string_view> list_reader::next() noexcept {
    while (!rest_.empty()) {
        std::size_t end = 0;
        for (bool is_quoted = false; end < rest_.size(); ++end) {
            if (!is_quoted && rest_[end] == separator_) break;
            if (rest_[end] == '"') is_quoted = !is_quoted;
            if (is_quoted && rest_[end] == '\\' && end + 1 < rest_.size()) ++end;
        }
        const std::string_view element = without_blanks(rest_.substr(0, end));
        rest_.remove_prefix(end < rest_.size() ? end + 1 : end);
        if (!element.empty()) return element;
    }
    return std::nullopt;
}

bool has_token(std::string_view list, std::string_view token) noexcept {
    list_reader elements{list};
    while (const auto element = elements.next())
        if (is_same_token(*element, token)) return true;
    return false;
}

std::optional<int> parse_weight(std::string_view text) noexcept {
    constexpr std::size_t size_max = sizeof "0.999" - 1;
    if (text.empty() || text.size() > size_max) return std::nullopt;
    if (text[0] != '0' && text[0] != '1') return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int weight = (text[0] - '0') * 1000;
    int unit = 100;
    for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
        if (!is_digit(text[i])) return std::nullopt;
        weight += (text[i] - '0') * unit;
    }
    if (weight > 1000) return std::nullopt;
    return weight;
}

weighted parse_weighted(std::string_view element) noexcept {
    list_reader parts{element, ';'};
    const auto name = parts.next();
    if (!name) return {{}, 0};
    while (const auto part = parts.next()) {
        if (part->size() < 2 || to_lower((*part)[0]) != 'q' || (*part)[1] != '=') continue;
        const auto offset = static_cast<std::size_t>(part->data() - name->data());
        std::string_view front{name->data(), offset};
        while (!front.empty() && (front.back() == ';' || is_blank(front.back())))
            front.remove_suffix(1);
        return {front, parse_weight(part->substr(2)).value_or(0)};
    }
    return {without_blanks(element), 1000};
}

int weight_of_coding(std::string_view accept_encoding, std::string_view coding) noexcept {
    std::optional<int> of_others;
    list_reader elements{accept_encoding};
    while (const auto element = elements.next()) {
        const weighted each = parse_weighted(*element);
        if (is_same_token(each.name, coding)) return each.weight;
        if (each.name == "*") of_others = each.weight;
    }
    const bool is_identity = is_same_token(coding, "identity");
    if (of_others && (!is_identity || *of_others == 0)) return *of_others;
    return is_identity ? 1 : 0;
}

}  // namespace patio::wire::http
