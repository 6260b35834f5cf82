// SPDX-License-Identifier: MIT

#include "frame_writer.hpp"

#include <patio/base/assert.hpp>

#include <cstring>
#include <utility>

namespace patio::wire::ws {

namespace {

/// The longest front of a text that has no more than `bytes_max` bytes and cuts no character. A
/// text that is not UTF-8 anyway is cut anywhere.
std::string_view cut_between_characters(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    std::size_t size = bytes_max;
    const auto continues = [text](std::size_t index) {
        return (static_cast<unsigned char>(text[index]) & 0xc0U) == 0x80U;
    };
    while (size > 0 && bytes_max - size < 3 && continues(size))
        --size;
    return text.substr(0, size);
}

}  // namespace

frame_writer::frame_writer(key_source keys) noexcept : keys_{std::move(keys)} {}

frame_writer frame_writer::for_server() noexcept { return frame_writer{{}}; }

frame_writer frame_writer::for_client(key_source keys) noexcept {
    PATIO_ASSERT(keys, "a WebSocket client's writer needs a source of masking keys");
    return frame_writer{std::move(keys)};
}

std::optional<mask_key> frame_writer::next_key() {
    if (!keys_) return std::nullopt;
    return keys_();
}

head_bytes frame_writer::data_head(message_kind kind, std::uint64_t payload_bytes,
                                   frame_position position, payload_form form) {
    PATIO_ASSERT(payload_bytes >> 63 == 0, "a WebSocket frame has at most 2^63 - 1 bytes");
    frame_head head;
    head.op = is_inside_message_ ? opcode::continuation : static_cast<opcode>(kind);
    head.is_final = position == frame_position::last;
    head.is_compressed = form == payload_form::compressed && !is_inside_message_;
    head.payload_bytes = payload_bytes;
    head.mask = next_key();
    if (head.mask) key_ = *head.mask;
    is_inside_message_ = !head.is_final;
    return encode(head);
}

void frame_writer::mask(byte_span payload) noexcept {
    if (!keys_) return;
    apply_mask(payload, key_);
    key_ = rotated(key_, payload.size());
}

void frame_writer::append(std::vector<std::byte>& to, message_kind kind, byte_view payload,
                          frame_position position, payload_form form) {
    const head_bytes head = data_head(kind, payload.size(), position, form);
    to.insert(to.end(), head.data(), head.data() + head.size());
    const std::size_t begin = to.size();
    to.insert(to.end(), payload.begin(), payload.end());
    mask({to.data() + begin, payload.size()});
}

control_frame frame_writer::control(opcode op, byte_view payload) {
    PATIO_ASSERT(payload.size() <= control_bytes_max,
                 "the payload of a WebSocket control frame has at most 125 bytes");
    frame_head head;
    head.op = op;
    head.payload_bytes = payload.size();
    head.mask = next_key();
    const head_bytes bytes = encode(head);
    control_frame frame;
    std::memcpy(frame.bytes_.data(), bytes.data(), bytes.size());
    std::byte* target = frame.bytes_.data() + bytes.size();
    if (head.mask) {
        copy_masked(payload, target, *head.mask);
    } else if (!payload.empty()) {
        std::memcpy(target, payload.data(), payload.size());
    }
    frame.size_ = static_cast<std::uint8_t>(bytes.size() + payload.size());
    return frame;
}

control_frame frame_writer::ping(byte_view payload) { return control(opcode::ping, payload); }

control_frame frame_writer::pong(byte_view payload) { return control(opcode::pong, payload); }

control_frame frame_writer::close(close_code code, std::string_view reason) {
    if (code == close_code::none) {
        PATIO_ASSERT(reason.empty(), "a WebSocket Close frame without a code has no reason");
        return control(opcode::close, {});
    }
    PATIO_ASSERT(is_sendable(code), "this WebSocket close code may not be sent");
    reason = cut_between_characters(reason, close_reason_bytes_max);
    std::array<std::byte, control_bytes_max> payload;
    const auto number = static_cast<unsigned>(code);
    payload[0] = static_cast<std::byte>(number >> 8);
    payload[1] = static_cast<std::byte>(number & 0xff);
    if (!reason.empty()) std::memcpy(payload.data() + 2, reason.data(), reason.size());
    return control(opcode::close, {payload.data(), 2 + reason.size()});
}

}  // namespace patio::wire::ws
