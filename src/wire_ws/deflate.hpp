// SPDX-License-Identifier: MIT
#pragma once

// permessage-deflate: the compressor and the decompressor of one direction each.
//
// Memory per connection, from zlib's zconf.h, where w is the window's bits and m the memory level:
//   deflater   2^(w+2) + 2^(m+9) bytes and 6 KiB: 262 KiB at w = 15, m = 8; 38 KiB at w = 12, m = 5
//   inflater   2^w bytes and 10 KiB: 42 KiB at w = 15; 10 KiB until the first window is kept
// All of it lives from the first compressed message to the end of the connection, or to the end of
// each message for who destroys and makes the objects again, which only a direction without context
// takeover may do.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <zlib.h>

namespace patio::wire::ws {

/// Whether a message may refer to what the messages before it had.
enum class context : std::uint8_t { kept, dropped };

/// Compresses messages, in pieces of the caller's size.
///
/// Not to be moved: zlib's state points back to it.
///
/// **Fails** with std::bad_alloc when made.
/// **Source** RFC 7692 section 7.2.1.
class PATIO_EXPORT deflater {
public:
    struct settings {
        int window_bits = 15;  ///< 8 to 15, from the agreement
        int level = 6;         ///< 1 (fast) to 9 (small)
        int memory_level = 8;  ///< 1 to 9
        context between_messages = context::kept;
    };
    /// What an output must have room for: below that zlib may write its marks twice.
    static constexpr std::size_t output_bytes_min = 16;

    explicit deflater(const settings& how);
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;
    ~deflater();

    /// Compresses what is next of a message: takes from `input`, writes to `output`. **Returns**
    /// how much was written. Call it until `input` is empty; zlib keeps most of it to itself until
    /// then.
    [[nodiscard]] std::size_t write(byte_view& input, byte_span output);

    struct end {
        std::size_t bytes = 0;  ///< written to `output`
        bool is_done = false;   ///< false: call finish() again
    };
    /// Ends the message. What it writes lacks the 00 00 FF FF that the RFC takes off.
    [[nodiscard]] end finish(byte_span output);

private:
    z_stream stream_{};
    context between_messages_;
    // The last bytes of a flush, which may be the four that are not sent.
    std::array<std::byte, 4> held_{};
    std::uint8_t held_bytes_ = 0;
    bool has_input_ = false;  // in this message
};

/// Decompresses messages, in pieces of the caller's size: however much a message would become, no
/// more than the room that is given is ever made of it.
///
/// Not to be moved: zlib's state points back to it.
///
/// **Fails** with std::bad_alloc when made.
/// **Source** RFC 7692 sections 7.2.2 and 7.2.3.
class PATIO_EXPORT inflater {
public:
    inflater(int window_bits, context between_messages);
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater();

    enum class status : std::uint8_t {
        input_used,   ///< all input is used, and all that it gives is written
        output_full,  ///< more may come without more input
        invalid,      ///< what was written before is good; nothing can follow
    };
    struct piece {
        std::size_t bytes = 0;  ///< written to `output`
        status now = status::input_used;
    };
    /// Takes from `input`, writes to `output`.
    [[nodiscard]] piece read(byte_view& input, byte_span output);
    /// Writes what is left when the whole message was given, and ends it when `input_used`.
    [[nodiscard]] piece finish(byte_span output);

private:
    z_stream stream_{};
    context between_messages_;
    std::uint8_t tail_used_ = 0;      // of the 00 00 FF FF that stands behind each message
    bool is_between_blocks_ = false;  // with no bit of the next one
};

}  // namespace patio::wire::ws
