// SPDX-License-Identifier: MIT

#include "connection_state.hpp"

#include "options_access.hpp"
#include "wire_ws/utf8.hpp"

#include <patio/core/detail/stream_claim.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <utility>

namespace patio::ws::detail {

using patio::detail::stream_claim;
using patio::detail::stream_way;
using wire::ws::frame_position;
using wire::ws::payload_form;

namespace {

/// Payloads up to this size are put behind their heads: one buffer goes out without waiting where
/// two parts would need an operation of their own. A client masks in pieces of the larger size.
constexpr std::size_t small_bytes_max = 4096;
constexpr std::size_t piece_bytes_max = std::size_t{16} << 10;

/// What is compressed before others have a turn.
constexpr std::size_t step_bytes_max = std::size_t{64} << 10;

constexpr const char* sending = "sending a WebSocket message";
constexpr const char* cut = "a send was cancelled in the middle of a message";

}  // namespace

/// Control frames on their way: what is not sent when this dies is for the next one.
class control_flight {
public:
    explicit control_flight(connection_state& of) noexcept
        : of_{of}, rest_{byte_view{of.control_}.from(of.control_sent_)} {}
    control_flight(const control_flight&) = delete;
    control_flight& operator=(const control_flight&) = delete;
    ~control_flight() {
        if (taken == transport::bytes_unknown) {
            of_.tear("a control frame was cut by a cancellation");
        } else {
            of_.control_sent_ += taken;
        }
    }

    [[nodiscard]] byte_views parts() const noexcept { return {&rest_, 1}; }
    std::size_t taken = 0;

private:
    connection_state& of_;
    byte_view rest_;
};

/// A frame on its way: if it does not get to its end the connection can only end, unless nothing of
/// it has gone and the peer need not know.
class frame_guard {
public:
    frame_guard(connection_state& of, bool is_whole_message) noexcept
        : of_{of}, is_whole_message_{is_whole_message} {}
    frame_guard(const frame_guard&) = delete;
    frame_guard& operator=(const frame_guard&) = delete;
    ~frame_guard() {
        if (is_done_ || (is_whole_message_ && taken == 0)) return;
        of_.tear(cut);
    }

    void done() noexcept { is_done_ = true; }
    std::size_t taken = 0;

private:
    connection_state& of_;
    bool is_whole_message_;
    bool is_done_ = false;
};

void connection_state::note_output_failure(const std::system_error& failure) noexcept {
    // The peer may have said goodbye before it went: who receives reads on and finds out.
    is_output_broken_ = true;
    ending end;
    end.why = failure.code();
    end.what = failure.what();
    note_end(std::move(end));
    frame_ended_.set();
    pong_came_.set();
}

// --- what is owed

bool connection_state::owes() const noexcept {
    if (is_output_broken_ || is_over_) return false;
    return control_sent_ < control_.size() || pong_ || ping_wanted_ > ping_sent_ || close_;
}

bool connection_state::encode_owed() {
    if (control_sent_ < control_.size()) return true;
    control_.clear();
    control_sent_ = 0;
    const auto add = [this](const wire::ws::control_frame& frame) {
        control_.insert(control_.end(), frame.data(), frame.data() + frame.size());
    };
    if (pong_) add(writer_.pong(*pong_));
    pong_.reset();
    if (ping_wanted_ > ping_sent_) {
        std::byte number[sizeof ping_wanted_];
        for (std::size_t i = 0; i < sizeof number; ++i)
            number[i] = static_cast<std::byte>(ping_wanted_ >> (56 - 8 * i));
        add(writer_.ping({number, sizeof number}));
        ping_sent_ = ping_wanted_;
    }
    if (close_) add(*close_);
    close_.reset();
    return !control_.empty();
}

void connection_state::flush_now() {
    if (is_writing_ || !owes()) return;
    encode_owed();
    try {
        control_sent_ += write_at_once(byte_view{control_}.from(control_sent_));
    } catch (const connection_closed&) {  // noted; who receives goes on
    }
}

async<> connection_state::await_frame_end() {
    while (is_writing_) {
        frame_ended_.clear();
        co_await frame_ended_.wait();
    }
}

async<> connection_state::flush() {
    while (owes()) {
        if (is_writing_) {
            co_await await_frame_end();
            continue;
        }
        const writing_claim claim{*this};
        co_await send_owed();
    }
}

async<> connection_state::flush_quietly() {
    try {
        co_await flush();
    } catch (const connection_closed&) {  // noted
    }
}

/// As far as there is room. (A transport need not know `write_now`.)
async<> connection_state::flush_briefly() {
    flush_now();
    if (owes() && !is_writing_) co_await move_on_after(duration{}, flush_quietly());
}

/// What is not sent when this is cancelled is sent by the next one, from where this has come to.
async<> connection_state::send_owed() {
    while (owes() && encode_owed()) {
        control_flight one{*this};
        auto writing = write_rest(one.parts(), one.taken);
        co_await std::move(writing);
    }
}

// --- bytes

std::size_t connection_state::write_at_once(byte_view bytes) {
    try {
        const stream_claim out{stream_claim::ref_of(over_), stream_way::out};
        return out.carrier().write_now(bytes);
    } catch (const std::system_error& failure) {
        note_output_failure(failure);
    }
    throw_closed(sending);
}

async<> connection_state::write_rest(byte_views parts, std::size_t& taken) {
    try {
        const stream_claim out{stream_claim::ref_of(over_), stream_way::out};
        auto writing = out.carrier().write_counted(parts, taken);
        co_await std::move(writing);
        co_return;
    } catch (const std::system_error& failure) {
        note_output_failure(failure);
    }
    throw_closed(sending);
}

/// Puts the next of a payload behind what is gathered, masked if need be.
void connection_state::gather(byte_view payload) {
    const std::size_t begin = gathered_.size();
    gathered_.insert(gathered_.end(), payload.begin(), payload.end());
    writer_.mask(byte_span{gathered_}.from(begin));
}

/// `taken` is of the first piece, which the head is in front of: that it is not zero is all that
/// counts later.
async<> connection_state::write_in_pieces(byte_view payload, std::size_t& taken) {
    std::size_t later_taken = 0;
    for (std::size_t* counter = &taken; !payload.empty(); counter = &later_taken) {
        gather(payload.first(piece_bytes_max));
        payload = payload.from(piece_bytes_max);
        const byte_view piece{gathered_};
        auto writing = write_rest({&piece, 1}, *counter);
        co_await std::move(writing);
        gathered_.clear();
    }
}

/// What is gathered, behind what has gone of it.
async<> connection_state::write_gathered(std::size_t& taken) {
    const byte_view rest = byte_view{gathered_}.from(taken);
    std::size_t rest_taken = 0;
    auto writing = write_rest({&rest, 1}, taken == 0 ? taken : rest_taken);
    co_await std::move(writing);
}

async<> connection_state::write_frame(message_kind kind, byte_view payload, frame_position position,
                                      payload_form form) {
    if (is_writing_) co_await await_frame_end();
    const writing_claim claim{*this};
    if (owes()) co_await send_owed();
    if (!session_.may_continue_message() || is_output_broken_) throw_closed(sending);

    frame_guard guard{*this, position == frame_position::last && !writer_.is_inside_message()};
    const wire::ws::head_bytes head = writer_.data_head(static_cast<wire::ws::message_kind>(kind),
                                                        payload.size(), position, form);
    gathered_.assign(head.data(), head.data() + head.size());
    if (payload.size() <= small_bytes_max) {
        gather(payload);
        guard.taken = write_at_once(gathered_);
        if (guard.taken < gathered_.size()) co_await write_gathered(guard.taken);
    } else if (agreed_.self == wire::ws::role::server) {
        const byte_view parts[2] = {gathered_, payload};
        auto writing = write_rest({parts, 2}, guard.taken);
        co_await std::move(writing);
    } else {
        co_await write_in_pieces(payload, guard.taken);
        gathered_ = {};
    }
    guard.done();
    if (owes()) co_await send_owed();
}

// --- messages

void connection_state::check_open(const char* doing) const {
    if (!is_open()) throw_closed(doing);
}

async<> connection_state::send(ref self, message_kind kind, byte_view bytes) {
    self->check_open(sending);
    if (kind == message_kind::text && !wire::ws::utf8_validator::is_valid(bytes)) {
        throw error{errc::malformed, "sending a WebSocket message: the text is not UTF-8"};
    }
    const semaphore_permit permit = co_await self->turn.acquire();
    self->check_open(sending);
    if (self->agreed_.compression &&
        bytes.size() >= options_access::threshold_bytes(self->options_)) {
        co_await self->send_compressed(kind, bytes);
    } else {
        co_await self->write_frame(kind, bytes, frame_position::last, payload_form::plain);
    }
}

wire::ws::deflater& connection_state::compressor() {
    if (!deflater_) {
        deflater_ = std::make_unique<wire::ws::deflater>(
            options_access::compressor(options_, *agreed_.compression, agreed_.self));
    }
    return *deflater_;
}

/// A message that was compressed and did not go must not be referred to by the next one.
class compressing {
public:
    explicit compressing(connection_state& of) noexcept : of_{of} {}
    compressing(const compressing&) = delete;
    compressing& operator=(const compressing&) = delete;
    ~compressing() {
        if (is_done_) return;
        of_.forget_compressor();
        if (of_.writer_.is_inside_message()) of_.tear(cut);
    }
    void done() noexcept { is_done_ = true; }

private:
    connection_state& of_;
    bool is_done_ = false;
};

async<> connection_state::send_compressed(message_kind kind, byte_view bytes) {
    wire::ws::deflater& deflater = compressor();
    compressing guard{*this};
    std::vector<std::byte> output(std::min(piece_bytes_max, bytes.size() + 256));
    for (bool is_last = false; !is_last;) {
        std::size_t size = 0;
        const auto left = [&] { return byte_span{output}.from(size); };
        while (!bytes.empty() && left().size() >= wire::ws::deflater::output_bytes_min) {
            byte_view step = bytes.first(step_bytes_max);
            bytes = bytes.from(step.size());
            size += deflater.write(step, left());
            bytes = byte_view{step.data(), step.size() + bytes.size()};
            co_await checkpoint();
        }
        if (bytes.empty() && left().size() >= wire::ws::deflater::output_bytes_min) {
            const auto end = deflater.finish(left());
            size += end.bytes;
            is_last = end.is_done;
        }
        const auto position = is_last ? frame_position::last : frame_position::more_follow;
        const byte_view frame = byte_view{output}.first(size);
        co_await write_frame(kind, frame, position, payload_form::compressed);
    }
    guard.done();
}

async<duration> connection_state::ping(ref self) {
    constexpr const char* pinging = "waiting for a pong";
    if (!self->session_.may_ping() || self->is_output_broken_) self->throw_closed(pinging);
    const std::uint64_t number = ++self->ping_wanted_;
    const time_point begin = now();
    co_await self->flush();
    while (self->ping_answered_ < number) {
        if (self->is_over_ || self->is_output_broken_) self->throw_closed(pinging);
        self->pong_came_.clear();
        co_await self->pong_came_.wait();
    }
    co_return now() - begin;
}

}  // namespace patio::ws::detail
