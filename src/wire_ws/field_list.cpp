// SPDX-License-Identifier: MIT

#include "field_list.hpp"

#include <algorithm>

namespace patio::wire::ws {

namespace {

constexpr std::string_view blanks = " \t";

bool is_token_character(char c) noexcept {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return c != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view list_reader::next() noexcept {
    while (!rest_.empty()) {
        const auto end = std::min(rest_.find(','), rest_.size());
        const std::string_view element = trimmed(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (!element.empty()) return element;
    }
    return {};
}

void extension_reader::fail() noexcept {
    is_malformed_ = true;
    rest_ = {};
    is_in_extension_ = false;
}

void extension_reader::skip_blanks() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
}

bool extension_reader::take(char mark) noexcept {
    skip_blanks();
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
}

std::string_view extension_reader::take_token() noexcept {
    skip_blanks();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    const auto token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(token.size());
    return token;
}

std::optional<std::string> extension_reader::take_value() {
    if (!take('"')) {
        const std::string_view token = take_token();
        if (token.empty()) return std::nullopt;
        return std::string{token};
    }
    // RFC 6455 section 9.1: what stands in the quotes must be a token once it is unescaped.
    std::string value;
    while (!rest_.empty() && rest_.front() != '"') {
        if (rest_.front() == '\\') rest_.remove_prefix(1);
        if (rest_.empty()) return std::nullopt;
        value += rest_.front();
        rest_.remove_prefix(1);
    }
    if (rest_.empty() || !is_token(value)) return std::nullopt;
    rest_.remove_prefix(1);
    return value;
}

std::string_view extension_reader::next() {
    while (next_parameter()) {}
    while (take(',')) {}
    if (is_malformed_ || rest_.empty()) return {};
    const std::string_view name = take_token();
    if (name.empty()) {
        fail();
        return {};
    }
    is_in_extension_ = true;
    return name;
}

std::optional<extension_parameter> extension_reader::next_parameter() {
    if (!is_in_extension_) return std::nullopt;
    if (!take(';')) {
        is_in_extension_ = false;
        if (!rest_.empty() && !take(',')) fail();
        return std::nullopt;
    }
    extension_parameter parameter;
    parameter.name = take_token();
    if (parameter.name.empty()) {
        fail();
        return std::nullopt;
    }
    if (take('=')) {
        parameter.value = take_value();
        if (!parameter.value) {
            fail();
            return std::nullopt;
        }
    }
    return parameter;
}

}  // namespace patio::wire::ws
