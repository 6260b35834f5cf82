// SPDX-License-Identifier: MIT

#include "words.hpp"

#include <patio/core/detail/function_name.hpp>

#include <cstdio>
#include <cstring>

namespace patio::debug {

namespace {

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small,
                      const char* small_unit) {
    std::string words = std::to_string(large) + " " + large_unit;
    if (small > 0) words += " " + std::to_string(small) + " " + small_unit;
    return words;
}

}  // namespace

std::string duration_words(std::int64_t nanoseconds) {
    // Rounded by parts: "for ever" is the greatest number, and half a millisecond more overflows.
    const std::int64_t ms =
        nanoseconds / millisecond + (nanoseconds % millisecond >= millisecond / 2 ? 1 : 0);
    if (ms < 1000) return std::to_string(ms) + " ms";
    if (ms < 99'950) {
        const std::int64_t tenths = (ms + 50) / 100;
        return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
    }
    const std::int64_t seconds = (ms + 500) / 1000;
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    if (hours < 1) return two_units(minutes, "min", seconds % 60, "s");
    if (hours < 48) return two_units(hours, "h", minutes % 60, "min");
    const std::int64_t days = hours / 24;
    if (days < 2 * 365) return two_units(days, "d", hours % 24, "h");
    return two_units(days / 365, "y", days % 365, "d");
}

std::string number_words(std::uint64_t number) {
    std::string words = std::to_string(number);
    for (std::size_t from_end = 3; from_end < words.size(); from_end += 4) {
        words.insert(words.size() - from_end, 1, ',');
    }
    return words;
}

std::string count_words(std::uint64_t count, const char* thing) {
    return number_words(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string place_words(detail::place where) {
    if (!where.is_known() || where.location().line() == 0) return "an unknown place";
    const char* file = where.location().file_name();
    if (const char* slash = std::strrchr(file, '/')) file = slash + 1;
    return std::string{file} + ":" + std::to_string(where.location().line());
}

std::string coroutine_words(detail::place definition) {
    if (!definition.is_known()) return "a coroutine";
    char name[128];
    detail::short_function_name(definition.location().function_name(), name, sizeof name);
    return name;
}

}  // namespace patio::debug
