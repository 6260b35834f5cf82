// SPDX-License-Identifier: MIT
#pragma once

// Randomness for masks and keys.

#include <array>
#include <cstddef>
#include <cstring>
#include <random>

namespace patio::ws::detail {

/// Bytes that nobody can predict, as RFC 6455 section 5.3 demands of a client's masks: from the
/// processor or the kernel, by way of std::random_device.
template <std::size_t Count>
[[nodiscard]] std::array<std::byte, Count> random_bytes() {
    static_assert(Count % sizeof(std::random_device::result_type) == 0);
    thread_local std::random_device source;
    std::array<std::byte, Count> bytes;
    for (std::size_t at = 0; at < Count; at += sizeof(std::random_device::result_type)) {
        const std::random_device::result_type word = source();
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    return bytes;
}

}  // namespace patio::ws::detail
