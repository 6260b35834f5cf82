// SPDX-License-Identifier: MIT
#pragma once

// Numbers, lengths of time and places as people write them.

#include <patio/base/config.hpp>
#include <patio/core/detail/place.hpp>

#include <cstdint>
#include <string>

namespace patio::debug {

/// In nanoseconds.
inline constexpr std::int64_t millisecond = 1'000'000;

/// "0 ms", "350 ms", "3.2 s", "12 min 5 s", "7 h 3 min", "3 d 4 h", "2 y 300 d".
PATIO_EXPORT std::string duration_words(std::int64_t nanoseconds);

/// "9,990".
PATIO_EXPORT std::string number_words(std::uint64_t number);

/// "1 task", "9,990 tasks".
PATIO_EXPORT std::string count_words(std::uint64_t count, const char* thing);

/// "file.cpp:12", the file without its folders; "an unknown place".
PATIO_EXPORT std::string place_words(detail::place where);

/// The short name of the coroutine that is defined there; "a coroutine" if that is unknown.
PATIO_EXPORT std::string coroutine_words(detail::place definition);

}  // namespace patio::debug
