// SPDX-License-Identifier: MIT

#include "outgoing_message.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <utility>

namespace patio::ws::detail {

using wire::ws::frame_position;
using wire::ws::payload_form;

namespace {

constexpr const char* sending = "sending a part of a WebSocket message";
constexpr std::size_t output_bytes_max = std::size_t{16} << 10;

}  // namespace

outgoing_message::outgoing_message(connection_state::ref on, message_kind kind) noexcept
    : on_{std::move(on)}, kind_{kind} {}

/// One part at a time; one that does not get to its end leaves a message that cannot be ended.
class outgoing_message::operation {
public:
    explicit operation(outgoing_message& of) : of_{of} {
        if (of.is_busy_) throw usage_error{"two tasks write one WebSocket message at once"};
        if (of.is_over_) throw usage_error{"this WebSocket message has been ended"};
        of.on_->check_open(sending);
        of.is_busy_ = true;
    }
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    ~operation() {
        of_.is_busy_ = false;
        if (!is_done_) of_.abandon();
    }
    void done() noexcept { is_done_ = true; }

private:
    outgoing_message& of_;
    bool is_done_ = false;
};

async<outgoing_message::ref> outgoing_message::begin(connection_state::ref on, message_kind kind) {
    on->check_open(sending);
    semaphore_permit permit = co_await on->turn.acquire();
    on->check_open(sending);
    on->writer_turn = std::move(permit);
    co_return std::make_shared<outgoing_message>(std::move(on), kind);
}

void outgoing_message::abandon() noexcept {
    if (std::exchange(is_over_, true)) return;
    if (has_begun_) {
        on_->tear("a message was begun and not ended");
    } else if (!on_->has_ended()) {
        on_->writer_turn.release();
    }
}

void outgoing_message::check_text(byte_view bytes) {
    if (kind_ == message_kind::text && text_.check(bytes) < bytes.size()) {
        throw error{errc::malformed, "sending a WebSocket message: the text is not UTF-8"};
    }
}

async<> outgoing_message::send_frame(byte_view bytes, frame_position position) {
    has_begun_ = true;
    const auto form = on_->agreed().compression ? payload_form::compressed : payload_form::plain;
    auto writing = on_->write_frame(kind_, bytes, position, form);
    co_await std::move(writing);
}

async<> outgoing_message::write_compressed(byte_view bytes) {
    has_begun_ = true;  // the compressor has it
    output_.resize(output_bytes_max);
    const auto room = [this] { return byte_span{output_}.from(output_bytes_); };
    while (!bytes.empty()) {
        output_bytes_ += on_->compressor().write(bytes, room());
        if (room().size() >= wire::ws::deflater::output_bytes_min) continue;
        const byte_view frame = byte_view{output_}.first(output_bytes_);
        co_await send_frame(frame, frame_position::more_follow);
        output_bytes_ = 0;
    }
}

async<> outgoing_message::end_compressed() {
    output_.resize(output_bytes_max);
    for (bool is_last = false; !is_last;) {
        const auto end = on_->compressor().finish(byte_span{output_}.from(output_bytes_));
        is_last = end.is_done;
        const byte_view frame = byte_view{output_}.first(output_bytes_ + end.bytes);
        co_await send_frame(frame, is_last ? frame_position::last : frame_position::more_follow);
        output_bytes_ = 0;
    }
}

async<> outgoing_message::write(ref self, byte_view bytes) {
    operation one{*self};
    self->check_text(bytes);
    if (self->on_->agreed().compression) {
        co_await self->write_compressed(bytes);
    } else if (!bytes.empty()) {
        co_await self->send_frame(bytes, frame_position::more_follow);
    }
    one.done();
}

async<> outgoing_message::end(ref self) {
    operation one{*self};
    if (!self->text_.is_complete()) {
        throw error{errc::malformed, "ending a WebSocket message: its text ends in a character"};
    }
    if (self->on_->agreed().compression) {
        co_await self->end_compressed();
    } else {
        co_await self->send_frame({}, frame_position::last);
    }
    one.done();
    self->is_over_ = true;
    self->on_->writer_turn.release();
}

}  // namespace patio::ws::detail
