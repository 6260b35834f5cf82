// SPDX-License-Identifier: MIT

#include "frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace patio::wire::ws {

namespace {

/// What the frames of a compressed message may have together: what cannot be compressed grows by
/// less than an eighth with zlib (zlib's deflateBound()), and each flush between fragments adds
/// five bytes. Without it a peer could send empty blocks, which become nothing, without end.
std::uint64_t compressed_bytes_max(std::uint64_t message_bytes_max) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t slack = 1024;
    if (message_bytes_max > most / 2 - slack) return most;
    return message_bytes_max + message_bytes_max / 4 + slack;
}

}  // namespace

frame_reader::frame_reader(role self, const reader_limits& limits,
                           std::optional<deflate_agreement> compression)
    : self_{self}, limits_{limits}, compression_{compression} {}

event frame_reader::next(byte_span& input) {
    for (;;) {
        std::optional<event> found;
        switch (phase_) {
            case phase::head:
                found = read_head(input);
                break;
            case phase::payload:
                found = read_payload(input);
                break;
            case phase::control:
                found = read_control(input);
                break;
            case phase::tail:
                found = read_tail();
                break;
            case phase::end:
                return end_message();
            case phase::failed:
                return fail(error_);
            case phase::closed:
                // RFC 6455 section 1.4: what comes behind a Close frame is discarded.
                input = input.from(input.size());
                return {};
        }
        if (found) return *found;
    }
}

event frame_reader::fail(read_error error) noexcept {
    phase_ = phase::failed;
    error_ = error;
    event failed;
    failed.kind = event_kind::failed;
    failed.error = error;
    failed.code = close_code_of(error);
    return failed;
}

std::optional<event> frame_reader::read_head(byte_span& input) {
    const head_rules rules{self_, compression_.has_value(), is_inside_message_};
    if (head_bytes_ == 0) {
        // The usual case: all of the head is there, and is read where it is.
        const head_scan scan = scan_head(input, rules);
        if (scan.error != read_error::none) return fail(scan.error);
        if (scan.is_complete) {
            input = input.from(scan.bytes_needed);
            return begin_frame(scan.head);
        }
    }
    for (;;) {
        const head_scan scan = scan_head({head_.data(), head_bytes_}, rules);
        if (scan.error != read_error::none) return fail(scan.error);
        if (scan.is_complete) {
            head_bytes_ = 0;
            return begin_frame(scan.head);
        }
        if (input.empty()) return event{};
        const byte_span part = input.first(std::size_t{scan.bytes_needed} - head_bytes_);
        std::memcpy(head_.data() + head_bytes_, part.data(), part.size());
        head_bytes_ = static_cast<std::uint8_t>(head_bytes_ + part.size());
        input = input.from(part.size());
    }
}

read_error frame_reader::check_limits(const frame_head& head) const noexcept {
    if (head.payload_bytes > limits_.frame_bytes_max) return read_error::frame_too_big;
    if (fragments_ >= limits_.fragments_max) return read_error::too_many_fragments;
    const std::uint64_t most = is_compressed_ ? compressed_bytes_max(limits_.message_bytes_max)
                                              : limits_.message_bytes_max;
    if (head.payload_bytes > most - std::min(most, wire_bytes_)) return read_error::message_too_big;
    return read_error::none;
}

std::optional<event> frame_reader::begin_frame(const frame_head& head) {
    op_ = head.op;
    key_ = head.mask.value_or(mask_key{});
    left_ = head.payload_bytes;
    if (is_control(head.op)) {
        control_bytes_ = 0;
        phase_ = phase::control;
        return std::nullopt;
    }
    const bool is_first = head.op != opcode::continuation;
    if (is_first) {
        is_compressed_ = head.is_compressed;
        is_text_ = head.op == opcode::text;
        has_more_inflated_ = false;
        message_bytes_ = 0;
        wire_bytes_ = 0;
        fragments_ = 0;
        text_.reset();
    }
    if (const auto error = check_limits(head); error != read_error::none) return fail(error);
    is_inside_message_ = true;
    is_final_ = head.is_final;
    wire_bytes_ += head.payload_bytes;
    ++fragments_;
    phase_ = phase::payload;
    if (!is_first) return std::nullopt;
    event begin;
    begin.kind = event_kind::message_begin;
    begin.message = is_text_ ? message_kind::text : message_kind::binary;
    return begin;
}

void frame_reader::end_frame() noexcept {
    if (!is_final_) {
        phase_ = phase::head;
    } else {
        phase_ = is_compressed_ ? phase::tail : phase::end;
    }
}

std::optional<event> frame_reader::read_payload(byte_span& input) {
    if (left_ == 0 && !has_more_inflated_) {
        end_frame();
        return std::nullopt;
    }
    if (input.empty() && !has_more_inflated_) return event{};
    if (is_compressed_) return read_compressed(input);
    return read_plain(input);
}

event frame_reader::read_plain(byte_span& input) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    const byte_span part = input.first(size);
    if (self_ == role::server) {
        apply_mask(part, key_);
        key_ = rotated(key_, size);
    }
    left_ -= size;
    input = input.from(size);
    // Nothing is left out: a part has at least a byte, which is given or fails.
    return *give(part, read_error::none);
}

std::optional<event> frame_reader::give(byte_span part, read_error then) {
    if (is_text_) {
        const std::size_t good = text_.check(part);
        if (good < part.size()) {
            part = part.first(good);
            then = read_error::text_not_utf8;
        }
    }
    message_bytes_ += part.size();
    if (then != read_error::none) {
        const event failed = fail(then);
        if (part.empty()) return failed;
    }
    if (part.empty()) return std::nullopt;
    event data;
    data.kind = event_kind::data;
    data.bytes = part;
    return data;
}

void frame_reader::make_inflater() {
    if (inflater_) return;
    const bool is_from_client = self_ == role::server;
    const int bits =
        is_from_client ? compression_->client_window_bits : compression_->server_window_bits;
    const bool is_dropped =
        is_from_client ? compression_->client_drops_context : compression_->server_drops_context;
    inflater_ = std::make_unique<inflater>(bits, is_dropped ? context::dropped : context::kept);
    piece_.resize(piece_bytes_max);
}

/// One byte more than the message may have: that it comes is how too much is noticed.
byte_span frame_reader::room() noexcept {
    const std::uint64_t left = limits_.message_bytes_max - message_bytes_;
    const std::size_t size =
        left < piece_.size() ? static_cast<std::size_t>(left) + 1 : piece_.size();
    return byte_span{piece_}.first(size);
}

std::optional<event> frame_reader::give_inflated(inflater::piece piece) {
    has_more_inflated_ = piece.now == inflater::status::output_full;
    byte_span part = byte_span{piece_}.first(piece.bytes);
    read_error then = piece.now == inflater::status::invalid ? read_error::compressed_data_invalid
                                                             : read_error::none;
    const std::uint64_t left = limits_.message_bytes_max - message_bytes_;
    if (part.size() > left) {
        part = part.first(static_cast<std::size_t>(left));
        then = read_error::message_too_big;
    }
    return give(part, then);
}

std::optional<event> frame_reader::read_compressed(byte_span& input) {
    make_inflater();
    const byte_span part =
        input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
    if (self_ == role::server && part.size() > unmasked_) {
        const byte_span masked = part.from(unmasked_);
        apply_mask(masked, key_);
        key_ = rotated(key_, masked.size());
        unmasked_ = part.size();
    }
    byte_view rest = part;
    const inflater::piece piece = inflater_->read(rest, room());
    const std::size_t used = part.size() - rest.size();
    left_ -= used;
    unmasked_ -= std::min(unmasked_, used);
    input = input.from(used);
    return give_inflated(piece);
}

std::optional<event> frame_reader::read_tail() {
    make_inflater();
    const inflater::piece piece = inflater_->finish(room());
    if (piece.now == inflater::status::input_used) phase_ = phase::end;
    return give_inflated(piece);
}

event frame_reader::end_message() {
    if (is_text_ && !text_.is_complete()) return fail(read_error::text_not_utf8);
    is_inside_message_ = false;
    phase_ = phase::head;
    event end;
    end.kind = event_kind::message_end;
    return end;
}

std::optional<event> frame_reader::read_control(byte_span& input) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    if (size > 0) {
        copy_masked(input.first(size), control_.data() + control_bytes_, key_);
        key_ = rotated(key_, size);
        control_bytes_ = static_cast<std::uint8_t>(control_bytes_ + size);
        left_ -= size;
        input = input.from(size);
    }
    if (left_ > 0) return event{};
    return end_control();
}

event frame_reader::end_control() {
    if (op_ == opcode::close) return end_close();
    phase_ = phase::head;
    event control;
    control.kind = op_ == opcode::ping ? event_kind::ping : event_kind::pong;
    control.bytes = {control_.data(), control_bytes_};
    return control;
}

event frame_reader::end_close() {
    event close;
    close.kind = event_kind::close;
    if (control_bytes_ == 1) return fail(read_error::close_payload_of_one_byte);
    if (control_bytes_ >= 2) {
        const unsigned number =
            std::to_integer<unsigned>(control_[0]) << 8 | std::to_integer<unsigned>(control_[1]);
        close.code = static_cast<close_code>(number);
        close.bytes = {control_.data() + 2, std::size_t{control_bytes_} - 2};
        if (!is_sendable(close.code)) return fail(read_error::close_code_invalid);
        if (!utf8_validator::is_valid(close.bytes)) return fail(read_error::close_reason_not_utf8);
    }
    phase_ = phase::closed;
    return close;
}

}  // namespace patio::wire::ws
