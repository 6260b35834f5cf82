// SPDX-License-Identifier: MIT
#pragma once

// A message that is sent in parts.

#include "connection_state.hpp"
#include "wire_ws/utf8.hpp"

#include <patio/base/bytes.hpp>
#include <patio/core/async.hpp>

#include <memory>
#include <vector>

namespace patio::ws::detail {

/// What a message_writer and its operations share. It holds its connection's turn by way of
/// connection_state::writer_turn, so that the end of the connection can take it away.
class outgoing_message {
public:
    using ref = std::shared_ptr<outgoing_message>;

    static async<ref> begin(connection_state::ref on, message_kind kind);
    static async<> write(ref self, byte_view bytes);
    static async<> end(ref self);
    /// It will not be ended.
    void abandon() noexcept;

    outgoing_message(connection_state::ref on, message_kind kind) noexcept;
    outgoing_message(const outgoing_message&) = delete;
    outgoing_message& operator=(const outgoing_message&) = delete;

private:
    class operation;

    void check_text(byte_view bytes);
    async<> write_compressed(byte_view bytes);
    async<> end_compressed();
    async<> send_frame(byte_view bytes, wire::ws::frame_position position);

    connection_state::ref on_;
    message_kind kind_;
    bool is_busy_ = false;
    bool has_begun_ = false;  // a frame of it may be on the wire
    bool is_over_ = false;
    wire::ws::utf8_validator text_;
    std::vector<std::byte> output_;  // compressed, and not sent
    std::size_t output_bytes_ = 0;
};

}  // namespace patio::ws::detail
