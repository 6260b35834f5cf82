// SPDX-License-Identifier: MIT
#pragma once

// Bytes of a WebSocket connection in, messages and control frames out.

#include "deflate.hpp"
#include "deflate_agreement.hpp"
#include "frame_head.hpp"
#include "protocol.hpp"
#include "utf8.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace patio::wire::ws {

/// What a reader takes from its peer at most. Each is the largest value that is still good.
struct reader_limits {
    /// The payload of a data frame, as it is on the wire.
    std::uint64_t frame_bytes_max = std::uint64_t{1} << 20;
    /// A message, as the application gets it: decompressed.
    std::uint64_t message_bytes_max = std::uint64_t{1} << 20;
    /// The frames of a message. They cost no memory, so it is only against a peer that never ends.
    std::uint64_t fragments_max = std::uint64_t{1} << 16;
};

enum class event_kind : std::uint8_t {
    need_more,      ///< all of the input is used; come again with more
    message_begin,  ///< `message` says which kind
    data,           ///< `bytes` are the next of the message
    message_end,
    ping,    ///< `bytes` to be sent back in a Pong
    pong,    ///< `bytes`
    close,   ///< `code` and `bytes`, which is the reason; nothing is read any more
    failed,  ///< `error` and the `code` to close with; nothing is read any more
};

struct event {
    event_kind kind = event_kind::need_more;
    message_kind message = message_kind::binary;
    read_error error = read_error::none;
    close_code code = close_code::none;
    byte_span bytes;

    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

/// Reads frames, pull style: give it bytes, and take events until it needs more.
///
/// The payload of a frame is unmasked where it lies, in the caller's buffer, and given as views of
/// that: no byte of a plain message is copied, and no buffer grows with a message. What is
/// compressed comes in pieces of a buffer of the reader's own.
///
/// A text is checked as it comes: the bytes before the first bad one are given, the bad one fails.
/// Which events come, and what all data events of a message have together, does not depend on how
/// the input is cut. No check needs a byte that stands behind what is wrong.
///
/// Whether binary messages are wanted at all is the application's to say: it sees message_begin,
/// and closes with 1003 if not.
///
/// **Cost** no allocation but at the first compressed message, of the inflater (see deflate.hpp)
/// and a piece of 16 KiB; a connection that has none is about 300 bytes.
/// **Source** RFC 6455 sections 5 and 8.1; RFC 7692 section 6.2.
class PATIO_EXPORT frame_reader {
public:
    /// `compression` is what the opening handshake has agreed on, if it did.
    explicit frame_reader(role self, const reader_limits& limits = {},
                          std::optional<deflate_agreement> compression = {});

    /// The next event. What it used of `input` is taken off its front; what is left must be at the
    /// front of the next call's, at any address, with its bytes as they are then: some may have
    /// been unmasked ahead.
    ///
    /// **Borrows** `bytes` of an event is part of `input` or of this reader; it is good until the
    /// next call, and as long as the caller leaves its buffer alone.
    [[nodiscard]] event next(byte_span& input);

    /// Whether the last message that began has not ended: an end of the stream would cut it off.
    [[nodiscard]] bool is_inside_message() const noexcept { return is_inside_message_; }

    /// Decompressed data comes in pieces of this size at most.
    static constexpr std::size_t piece_bytes_max = std::size_t{16} << 10;

private:
    enum class phase : std::uint8_t { head, payload, control, tail, end, failed, closed };

    [[nodiscard]] std::optional<event> read_head(byte_span& input);
    [[nodiscard]] std::optional<event> begin_frame(const frame_head& head);
    [[nodiscard]] read_error check_limits(const frame_head& head) const noexcept;
    [[nodiscard]] std::optional<event> read_payload(byte_span& input);
    [[nodiscard]] event read_plain(byte_span& input);
    [[nodiscard]] std::optional<event> read_compressed(byte_span& input);
    [[nodiscard]] std::optional<event> read_tail();
    [[nodiscard]] std::optional<event> read_control(byte_span& input);
    [[nodiscard]] event end_control();
    [[nodiscard]] event end_close();
    [[nodiscard]] event end_message();
    void end_frame() noexcept;
    [[nodiscard]] std::optional<event> give_inflated(inflater::piece piece);
    [[nodiscard]] std::optional<event> give(byte_span part, read_error then);
    [[nodiscard]] event fail(read_error error) noexcept;
    [[nodiscard]] byte_span room() noexcept;
    void make_inflater();

    role self_;
    phase phase_ = phase::head;
    reader_limits limits_;
    std::optional<deflate_agreement> compression_;

    // The frame. head_ has the bytes of a head that came in pieces.
    std::array<std::byte, head_bytes::bytes_max> head_{};
    std::uint8_t head_bytes_ = 0;
    opcode op_ = opcode::continuation;
    bool is_final_ = false;
    mask_key key_{};            // for the first byte that is not unmasked; zeros at a client
    std::uint64_t left_ = 0;    // of the payload, in the input or to come
    std::size_t unmasked_ = 0;  // bytes at the front of the input; only while inflating

    // The message.
    bool is_inside_message_ = false;
    bool is_text_ = false;
    bool is_compressed_ = false;
    bool has_more_inflated_ = false;   // the inflater stopped for want of room
    std::uint64_t message_bytes_ = 0;  // given
    std::uint64_t wire_bytes_ = 0;     // of its frames so far
    std::uint64_t fragments_ = 0;
    utf8_validator text_;

    std::unique_ptr<inflater> inflater_;
    std::vector<std::byte> piece_;

    std::array<std::byte, control_bytes_max> control_{};
    std::uint8_t control_bytes_ = 0;
    read_error error_ = read_error::none;  // set with phase failed
};

}  // namespace patio::wire::ws
