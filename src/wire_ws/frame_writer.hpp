// SPDX-License-Identifier: MIT
#pragma once

// Frames for the peer: heads, masks, and whole control frames.

#include "frame_head.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace patio::wire::ws {

/// A whole Close, Ping or Pong frame. A value of 131 bytes at most: it can be kept while the frame
/// before it is on its way, and needs no allocation.
class PATIO_EXPORT control_frame {
public:
    static constexpr std::size_t bytes_max = 2 + 4 + control_bytes_max;

    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    friend class frame_writer;
    std::array<std::byte, bytes_max> bytes_;
    std::uint8_t size_ = 0;
};

/// Whether more frames of the message follow.
enum class frame_position : std::uint8_t { more_follow, last };
/// How the payload of a message is written: as it is, or as a deflater made it.
enum class payload_form : std::uint8_t { plain, compressed };

/// Writes frames for one connection, in the role of one of its ends.
///
/// A data frame is its head, which is given as bytes, and its payload, which stays where it is: a
/// server sends both with one gathering write and copies nothing. A client must mask, so it calls
/// mask() on memory that is its own, or append(), which copies first.
///
/// A message is cut into frames by the caller: the first call of data_head() begins it, the calls
/// up to `last` continue it. Control frames may be made and sent between any two frames.
///
/// **Fails** never for bad input, since there is none; wrong use ends the program.
/// **Cost** no allocation but by append() and for the source of keys.
/// **Source** RFC 6455 sections 5.2 to 5.6.
class PATIO_EXPORT frame_writer {
public:
    /// Gives a new key for each frame; it must not be predictable (RFC 6455 section 5.3).
    using key_source = unique_function<mask_key()>;

    [[nodiscard]] static frame_writer for_server() noexcept;
    [[nodiscard]] static frame_writer for_client(key_source keys) noexcept;

    /// The head of the next data frame. `kind` and `form` count where a message begins; its other
    /// frames are continuations of it, whatever is said.
    [[nodiscard]] head_bytes data_head(message_kind kind, std::uint64_t payload_bytes,
                                       frame_position position = frame_position::last,
                                       payload_form form = payload_form::plain);
    /// Masks the next bytes of the payload that the last head was for, in place. A server's stay
    /// as they are.
    void mask(byte_span payload) noexcept;
    /// Adds a whole data frame to `to`, masked if need be.
    void append(std::vector<std::byte>& to, message_kind kind, byte_view payload,
                frame_position position = frame_position::last,
                payload_form form = payload_form::plain);

    /// At most 125 bytes; more is a mistake of the caller's.
    [[nodiscard]] control_frame ping(byte_view payload);
    [[nodiscard]] control_frame pong(byte_view payload);
    /// `close_code::none` makes an empty one. The reason is cut to 123 bytes, between characters:
    /// it is for people, and often the text of an exception.
    [[nodiscard]] control_frame close(close_code code, std::string_view reason = {});

    /// Whether a message has begun and not ended.
    [[nodiscard]] bool is_inside_message() const noexcept { return is_inside_message_; }

private:
    explicit frame_writer(key_source keys) noexcept;
    [[nodiscard]] control_frame control(opcode op, byte_view payload);
    [[nodiscard]] std::optional<mask_key> next_key();

    key_source keys_;  // empty for a server
    mask_key key_{};   // of the data frame whose payload comes next, rotated as far as it has come
    bool is_inside_message_ = false;
};

}  // namespace patio::wire::ws
