// SPDX-License-Identifier: MIT
#pragma once

// The mask of a client's frames.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>

namespace patio::wire::ws {

/// The four bytes of a masking key, in the order of the wire.
///
/// A client's keys must come from a strong source of entropy and be new for each frame; whoever
/// writes frames brings them. **Source** RFC 6455 section 5.3.
using mask_key = std::array<std::byte, 4>;

/// The key for the bytes behind the first `count` ones.
[[nodiscard]] constexpr mask_key rotated(mask_key key, std::size_t count) noexcept {
    return {key[count % 4], key[(count + 1) % 4], key[(count + 2) % 4], key[(count + 3) % 4]};
}

/// Masks in place, or takes the mask away: it is its own inverse.
PATIO_EXPORT void apply_mask(byte_span bytes, mask_key key) noexcept;
/// The same into other memory, which has room for all of `source` and does not overlap it.
PATIO_EXPORT void copy_masked(byte_view source, std::byte* target, mask_key key) noexcept;

}  // namespace patio::wire::ws
