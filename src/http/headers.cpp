// SPDX-License-Identifier: MIT

#include <patio/http/headers.hpp>

#include "text_rules.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace patio::http {

namespace {

constexpr std::size_t overhead_bytes = 4;  // ": " and "\r\n"

constexpr std::array<bool, 256> token_characters = [] {
    std::array<bool, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = is_token_character(static_cast<char>(i));
    return all;
}();

bool is_token(std::string_view text) noexcept {
    bool good = !text.empty();
    for (const char c : text)
        good &= token_characters[static_cast<unsigned char>(c)];
    return good;
}

/// Throws what a person can mend: which field, and what is wrong with it. The value is not told: it
/// may be a secret.
[[noreturn]] void refuse(header_fault fault, std::string_view name, std::size_t bytes_end) {
    constexpr std::size_t shown_max = 64;
    std::string shown;
    for (const char c : name.substr(0, shown_max))
        shown += has_no_controls({&c, 1}) ? c : '?';
    std::string what = "setting the header field \"" + shown + "\": ";
    if (fault == header_fault::bad_name) {
        what += name.empty() ? "the name is empty" : "the name has a character that none may have";
    } else if (fault == header_fault::bad_value) {
        what += "the value has a line break or another control character";
    } else {
        throw limit_exceeded{"header bytes", bytes_end};
    }
    throw error{errc::malformed, what};
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

void append_lowercase(std::string& target, std::string_view name) {
    target.reserve(target.size() + name.size());
    for (const char c : name)
        target += to_lower(c);
}

headers::headers(headers&& other) noexcept
    : lines_{std::exchange(other.lines_, {})}, places_{std::exchange(other.places_, {})} {}

headers& headers::operator=(headers&& other) noexcept {
    // Through a temporary: what was moved from is empty, also if it is moved into itself.
    headers taken{std::move(other)};
    lines_.swap(taken.lines_);
    places_.swap(taken.places_);
    return *this;
}

std::size_t headers::find(std::string_view name, std::size_t from) const noexcept {
    for (std::size_t i = from; i < places_.size(); ++i) {
        const place& at = places_[i];
        if (at.name_bytes != name.size()) continue;
        if (is_same_name({lines_.data() + at.begin, at.name_bytes}, name)) return i;
    }
    return npos;
}

std::size_t headers::end_of(std::size_t index) const noexcept {
    return index + 1 < places_.size() ? places_[index + 1].begin : lines_.size();
}

header_field headers::operator[](std::size_t index) const noexcept {
    const place& at = places_[index];
    const std::size_t line_bytes = end_of(index) - at.begin;
    const char* line = lines_.data() + at.begin;
    return {{line, at.name_bytes},
            {line + at.name_bytes + 2, line_bytes - at.name_bytes - overhead_bytes}};
}

/// Whether a text lies in our own memory, which is about to change.
bool headers::owns(std::string_view text) const noexcept {
    const std::less<> before;
    const char* begin = lines_.data();
    return !before(text.data(), begin) && before(text.data(), begin + lines_.size());
}

header_fault headers::check(std::string_view name, std::string_view value) const noexcept {
    if (!is_token(name)) return header_fault::bad_name;
    if (!has_no_controls(value)) return header_fault::bad_value;
    const std::size_t room = bytes_end - lines_.size();
    if (name.size() >= room || value.size() >= room) return header_fault::too_long;
    if (name.size() + value.size() + overhead_bytes >= room) return header_fault::too_long;
    return header_fault::none;
}

void headers::make_room(std::size_t bytes) {
    if (bytes > lines_.capacity())
        lines_.reserve(std::max({bytes, 2 * lines_.size(), first_bytes}));
}

void headers::append(std::string_view name, std::string_view value) {
    if (places_.capacity() == 0) places_.reserve(first_fields);
    const std::size_t begin = lines_.size();
    const std::size_t line_bytes = name.size() + value.size() + overhead_bytes;
    make_room(begin + line_bytes);
    places_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name.size())});
    // The memory is there: nothing below can fail and leave half a line.
    lines_.append(name).append(": ", 2).append(value).append("\r\n", 2);
}

void headers::replace(std::size_t index, std::string_view name, std::string_view value) {
    const std::size_t begin = places_[index].begin;
    const std::size_t bytes_before = end_of(index) - begin;
    std::string line;
    line.reserve(name.size() + value.size() + overhead_bytes);
    line.append(name).append(": ", 2).append(value).append("\r\n", 2);
    lines_.replace(begin, bytes_before, line);
    places_[index].name_bytes = static_cast<std::uint32_t>(name.size());
    for (std::size_t i = index + 1; i < places_.size(); ++i)
        places_[i].begin =
            static_cast<std::uint32_t>(places_[i].begin - bytes_before + line.size());
}

void headers::erase(std::size_t index) noexcept {
    const std::size_t begin = places_[index].begin;
    const std::size_t bytes = end_of(index) - begin;
    lines_.erase(begin, bytes);
    places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(index));
    for (std::size_t i = index; i < places_.size(); ++i)
        places_[i].begin = static_cast<std::uint32_t>(places_[i].begin - bytes);
}

header_fault headers::try_add(std::string_view name, std::string_view value) {
    value = trimmed(value);
    const header_fault fault = check(name, value);
    if (fault != header_fault::none) return fault;
    if (owns(name) || owns(value)) {
        append(std::string{name}, std::string{value});
    } else {
        append(name, value);
    }
    return header_fault::none;
}

headers& headers::add(std::string_view name, std::string_view value) & {
    const header_fault fault = try_add(name, value);
    if (fault != header_fault::none) refuse(fault, name, bytes_end);
    return *this;
}

headers& headers::set(std::string_view name, std::string_view value) & {
    const std::size_t first = find(name, 0);
    if (first == npos) return add(name, value);
    value = trimmed(value);
    const header_fault fault = check(name, value);
    if (fault != header_fault::none) refuse(fault, name, bytes_end);
    const std::string own_name{owns(name) ? name : std::string_view{}};
    if (!own_name.empty()) name = own_name;
    replace(first, name, value);  // makes the line before it touches what the value may lie in
    for (std::size_t i = find(name, first + 1); i != npos; i = find(name, i))
        erase(i);
    return *this;
}

std::size_t headers::remove(std::string_view name) {
    const std::string own_name{owns(name) ? name : std::string_view{}};
    if (!own_name.empty()) name = own_name;
    std::size_t count = 0;
    for (std::size_t i = find(name, 0); i != npos; i = find(name, i), ++count)
        erase(i);
    return count;
}

void headers::clear() noexcept {
    lines_.clear();
    places_.clear();
}

void headers::reserve(std::size_t fields, std::size_t bytes) {
    places_.reserve(fields);
    lines_.reserve(bytes);
}

std::optional<std::string_view> headers::get(std::string_view name) const noexcept {
    const std::size_t index = find(name, 0);
    if (index == npos) return std::nullopt;
    return (*this)[index].value;
}

bool headers::contains(std::string_view name) const noexcept { return find(name, 0) != npos; }

std::string headers::joined(std::string_view name) const {
    std::string list;
    bool is_first = true;
    for (const std::string_view value : all(name)) {
        if (!is_first) list.append(", ");
        list.append(value);
        is_first = false;
    }
    return list;
}

bool headers::operator==(const headers& other) const noexcept {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i) {
        const header_field a = (*this)[i];
        const header_field b = other[i];
        if (a.value != b.value || !is_same_name(a.name, b.name)) return false;
    }
    return true;
}

}  // namespace patio::http
