// SPDX-License-Identifier: MIT

#include "ranges.hpp"

#include "characters.hpp"
#include "lists.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace patio::wire::http {

namespace {

/// A number of any length; those that do not fit are the largest one.
std::optional<std::uint64_t> parse_position(std::string_view digits) noexcept {
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (!is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        value = value > (max - digit) / 10 ? max : value * 10 + digit;
    }
    return value;
}

enum class spec_kind : std::uint8_t { malformed, absent, present };

spec_kind read_spec(std::string_view spec, std::uint64_t size_bytes, byte_range& into) noexcept {
    const std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos) return spec_kind::malformed;
    const std::string_view behind = spec.substr(dash + 1);
    if (dash == 0) {  // the last bytes
        const auto count = parse_position(behind);
        if (!count) return spec_kind::malformed;
        if (*count == 0 || size_bytes == 0) return spec_kind::absent;
        into = {size_bytes - std::min(*count, size_bytes), size_bytes - 1};
        return spec_kind::present;
    }
    const auto first = parse_position(spec.substr(0, dash));
    const auto last =
        behind.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(behind);
    if (!first || !last || *last < *first) return spec_kind::malformed;
    if (*first >= size_bytes) return spec_kind::absent;
    into = {*first, std::min(*last, size_bytes - 1)};
    return spec_kind::present;
}

}  // namespace

ranges parse_range(std::string_view value, std::uint64_t size_bytes, std::size_t count_max) {
    constexpr std::string_view unit = "bytes=";
    if (!is_same_token(value.substr(0, unit.size()), unit)) return {};
    ranges found;
    std::size_t count = 0;
    std::uint64_t sum_bytes = 0;
    list_reader specs{value.substr(unit.size())};
    while (const auto spec = specs.next()) {
        byte_range part;
        const spec_kind kind = read_spec(*spec, size_bytes, part);
        if (kind == spec_kind::malformed || ++count > count_max) return {};
        if (kind == spec_kind::absent) continue;
        if (part.bytes() > size_bytes - sum_bytes) return {};
        sum_bytes += part.bytes();
        found.parts.push_back(part);
    }
    if (count == 0) return {};
    found.answer = found.parts.empty() ? range_answer::unsatisfiable : range_answer::parts;
    return found;
}

std::string content_range(byte_range part, std::uint64_t size_bytes) {
    return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.last) + "/" +
           std::to_string(size_bytes);
}

std::string content_range_unsatisfied(std::uint64_t size_bytes) {
    return "bytes */" + std::to_string(size_bytes);
}

}  // namespace patio::wire::http
