// SPDX-License-Identifier: MIT
#pragma once

// Whether a text that comes in pieces is UTF-8, and where it stops being so.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::wire::ws {

/// Validates UTF-8 piece by piece, and fails at the first byte that no valid text could have.
///
/// Overlong forms, surrogates and what is beyond U+10FFFF are refused, as RFC 3629 demands.
///
/// **Cost** no allocation, one table of 2 KiB for all. ASCII goes 16 bytes at a time; the rest
/// costs one load and one shift per byte.
/// **Source** RFC 3629 section 4; the states are those of the DFA in "Flexible and Economical UTF-8
/// Decoder" (Bjoern Hoehrmann); that a row of a DFA fits in a word and a step is a shift is an idea
/// of Per Vognsen.
class PATIO_EXPORT utf8_validator {
public:
    /// Reads on. **Returns** how many bytes are good: all, or the index of the first bad one. After
    /// a bad one only reset() helps.
    [[nodiscard]] std::size_t check(byte_view bytes) noexcept;
    /// Whether the text may end here: no sequence is unfinished.
    [[nodiscard]] bool is_complete() const noexcept { return state_ == accept; }
    void reset() noexcept { state_ = accept; }

    /// Whether a whole text is UTF-8.
    [[nodiscard]] static bool is_valid(byte_view text) noexcept;

    /// The state of the DFA between two characters; it counts in steps of six bits.
    static constexpr std::uint8_t accept = 6;

private:
    std::uint8_t state_ = accept;  // 0 once a byte was bad
};

}  // namespace patio::wire::ws
