// SPDX-License-Identifier: MIT
#pragma once

// The head of a frame: what stands before its payload.

#include "mask.hpp"
#include "protocol.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace patio::wire::ws {

/// **Source** RFC 6455 section 5.2; RFC 7692 section 6 for the compressed bit, which is RSV1.
struct frame_head {
    opcode op = opcode::binary;
    bool is_final = true;
    bool is_compressed = false;
    std::uint64_t payload_bytes = 0;
    std::optional<mask_key> mask;
};

/// A head as bytes. A value: 14 bytes at most, and nothing to free.
class head_bytes {
public:
    static constexpr std::size_t bytes_max = 14;

    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void add(std::byte byte) noexcept { bytes_[size_++] = byte; }

private:
    std::array<std::byte, bytes_max> bytes_{};
    std::uint8_t size_ = 0;
};

/// Writes a head, with its length in as few bytes as it goes. It is the caller who keeps the rules
/// about control frames; see frame_writer.
[[nodiscard]] PATIO_EXPORT head_bytes encode(const frame_head& head) noexcept;

/// What a reader must know of its connection to judge a head.
struct head_rules {
    role self = role::server;
    bool is_compression_agreed = false;
    bool is_inside_message = false;
};

/// What can be said of the bytes that there are.
struct head_scan {
    read_error error = read_error::none;
    std::uint8_t bytes_needed = 2;  ///< of the whole head, as far as it can be known yet
    bool is_complete = false;
    frame_head head;
};

/// Reads a head from the front of `bytes`. What is wrong is said as soon as the byte is there that
/// makes it so: the answer never depends on how many bytes come behind that one.
///
/// **Source** RFC 6455 sections 5.1, 5.2, 5.4 and 5.5; RFC 7692 section 6.
[[nodiscard]] PATIO_EXPORT head_scan scan_head(byte_view bytes, const head_rules& rules) noexcept;

}  // namespace patio::wire::ws
