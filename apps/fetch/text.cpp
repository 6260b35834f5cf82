// SPDX-License-Identifier: MIT

#include "text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace fetch {

std::string bytes_text(std::uint64_t count) {
    if (count < 1000) return fmt::format("{} B", count);
    static constexpr std::array<const char*, 5> units{"kB", "MB", "GB", "TB", "PB"};
    double value = static_cast<double>(count) / 1000;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, value < 9.95 ? 1 : 0, units.at(unit));
}

std::string seconds_text(patio::duration length) {
    const double seconds = length.in_seconds();
    if (seconds < 9.995) return fmt::format("{:.2f} s", seconds);
    if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    return fmt::format("{} min {} s", whole / 60, whole % 60);
}

std::string count_text(std::size_t count, std::string_view one, std::string_view more) {
    return fmt::format("{} {}", count, count == 1 ? one : more);
}

std::optional<patio::duration> read_duration(std::string_view text) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || !(number >= 0)) return std::nullopt;
    const std::string_view unit{read.ptr, text.data() + text.size()};
    static constexpr std::array<std::pair<std::string_view, double>, 5> units{
        {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}}};
    for (const auto& [name, seconds] : units) {
        if (unit != name) continue;
        const double nanoseconds = number * seconds * 1e9;
        if (!(nanoseconds < 9e18)) return std::nullopt;
        return patio::duration::nanoseconds(static_cast<std::int64_t>(nanoseconds));
    }
    return std::nullopt;
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    for (const char c : text)
        columns += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    return columns;
}

namespace {

/// The bytes of the first `columns` characters.
std::size_t bytes_of_columns(std::string_view text, std::size_t columns) {
    std::size_t at = 0;
    while (at < text.size()) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
        if (begins && columns-- == 0) break;
        ++at;
    }
    return at;
}

}  // namespace

std::string fitted(std::string_view text, std::size_t columns) {
    const std::size_t has = columns_of(text);
    if (has <= columns) return std::string{text} + std::string(columns - has, ' ');
    if (columns == 0) return {};
    const std::size_t left = (columns - 1) / 2;
    const std::size_t right = columns - 1 - left;
    return std::string{text.substr(0, bytes_of_columns(text, left))} + "…" +
           std::string{text.substr(bytes_of_columns(text, has - right))};
}

std::string lowered(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string printable(std::string_view text) {
    std::string clean{text};
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    return clean;
}

}  // namespace fetch
