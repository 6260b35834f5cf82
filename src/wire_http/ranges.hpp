// SPDX-License-Identifier: MIT
#pragma once

// Parts of a representation: Range and Content-Range. RFC 9110 section 14.

#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patio::wire::http {

/// Both ends belong to it.
struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    [[nodiscard]] std::uint64_t bytes() const noexcept { return last - first + 1; }
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

/// What a server does about a Range.
enum class range_answer : std::uint8_t {
    all,            // 200: it is none of bytes, is malformed, or asks for too much
    parts,          // 206
    unsatisfiable,  // 416: nothing of it is there
};

struct ranges {
    range_answer answer = range_answer::all;
    std::vector<byte_range> parts;  // as asked, without those that are not there
};

/// Reads the value of a Range for a representation of that many bytes.
///
/// A list of more than `count_max` ranges, or one whose ranges are together longer than the whole,
/// is answered with all: RFC 9110 section 14.2 allows that, and such lists are attacks (section
/// 17.15).
[[nodiscard]] PATIO_EXPORT ranges parse_range(std::string_view value, std::uint64_t size_bytes,
                                              std::size_t count_max = 16);

/// "bytes 0-499/1234", for a 206.
[[nodiscard]] PATIO_EXPORT std::string content_range(byte_range part, std::uint64_t size_bytes);
/// "bytes */1234", for a 416.
[[nodiscard]] PATIO_EXPORT std::string content_range_unsatisfied(std::uint64_t size_bytes);

}  // namespace patio::wire::http
