// SPDX-License-Identifier: MIT

#include "connection_state.hpp"

#include "options_access.hpp"
#include "random_bytes.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>

#include <string_view>
#include <utility>

namespace patio::ws::detail {

using wire::ws::session_duty;

namespace {

/// How long a peer that has broken the protocol may go on sending: closing a socket that has unread
/// bytes resets the connection, and the peer might never read why.
constexpr duration drain_timeout = duration::seconds(1);

wire::ws::frame_writer writer_for(wire::ws::role self) {
    if (self == wire::ws::role::server) return wire::ws::frame_writer::for_server();
    return wire::ws::frame_writer::for_client([] { return random_bytes<4>(); });
}

std::string text_of(ws::close_code code, std::string_view reason) {
    std::string text = "code " + std::to_string(static_cast<unsigned>(code));
    if (!reason.empty()) text.append(": ").append(reason);
    return text;
}

bool is_limit(wire::ws::read_error error) noexcept {
    using wire::ws::read_error;
    return error == read_error::frame_too_big || error == read_error::message_too_big ||
           error == read_error::too_many_fragments;
}

}  // namespace

connection_state::connection_state(stream upgraded, agreement agreed,
                                   const connection_options& options)
    : over_{std::move(upgraded)},
      agreed_{std::move(agreed)},
      options_{options},
      reader_{agreed_.self, options_access::limits(options), agreed_.compression},
      writer_{writer_for(agreed_.self)},
      session_{agreed_.self} {}

// --- why it ends

/// The first reason counts, but for one: that writing has failed may only mean that the peer has
/// gone, after it had said why.
void connection_state::note_end(ending end) noexcept {
    if (has_end_ && (end_.who != closed_by::nobody || end.who != closed_by::peer)) return;
    has_end_ = true;
    end_ = std::move(end);
}

void connection_state::throw_closed(const char* doing) const {
    throw connection_closed{end_.why, std::string{doing} + ": " + end_.what, end_.code, end_.reason,
                            end_.who};
}

void connection_state::take_close(const wire::ws::event& event) {
    session_.close_received(event.code);
    ending end;
    end.why = errc::closed;
    end.code = static_cast<ws::close_code>(event.code);
    end.reason = event.text();
    end.what = "the peer has closed the connection, " + text_of(end.code, end.reason);
    end.who = closed_by::peer;
    if (has_end_ && end_.who == closed_by::this_side) {  // it answers
        end_.code = end.code;
        end_.reason = std::move(end.reason);
    }
    note_end(std::move(end));
    begin_limit();
}

void connection_state::take_failure(const wire::ws::event& event) {
    session_.failed(event.code);
    ending end;
    end.why = is_limit(event.error) ? errc::limit_exceeded : errc::malformed;
    end.code = static_cast<ws::close_code>(event.code);
    end.reason = wire::ws::describe(event.error);
    end.what = "the peer has broken the protocol or a limit, " + text_of(end.code, end.reason);
    end.who = closed_by::this_side;
    note_end(std::move(end));
    begin_limit();
}

void connection_state::lose(std::error_code why, const char* what) noexcept {
    ending end;
    end.why = why;
    end.what = what;
    note_end(std::move(end));
    over_.abort();
    finish();
}

void connection_state::tear(const char* why) noexcept {
    if (is_over_) return;
    ending end;
    end.why = errc::closed;
    end.what = why;
    end.who = closed_by::this_side;
    note_end(std::move(end));
    is_output_broken_ = true;
    over_.abort();
    finish();
}

void connection_state::abort() noexcept { tear("the connection was aborted"); }

/// Tells everybody who waits.
void connection_state::finish() noexcept {
    is_over_ = true;
    session_.ended();
    writer_turn.release();
    reader_left_.set();
    frame_ended_.set();
    pong_came_.set();
}

// --- the closing handshake

void connection_state::begin_limit() noexcept {
    if (limit_ == time_point::never()) limit_ = now() + options_access::close_timeout(options_);
}

bool connection_state::has_said_goodbye() const noexcept {
    return session_.code() != wire::ws::close_code::abnormal;
}

bool connection_state::must_settle() const noexcept {
    const session_duty duty = session_.duty();
    return !is_over_ && duty != session_duty::none && duty != session_duty::await_close;
}

/// Reads to the end of the stream.
async<> connection_state::drain() {
    std::byte ignored[4096];
    std::size_t count = 1;
    while (count > 0) {
        auto reading = over_.read_some(ignored);
        count = co_await std::move(reading);
    }
}

async<> connection_state::end_stream() {
    try {
        if (session_.duty() == session_duty::send_close) {
            const wire::ws::close_code code = session_.answer_code();
            const bool is_failure = has_end_ && end_.who == closed_by::this_side;
            if (session_.may_close()) {
                close_ = writer_.close(code, is_failure ? end_.reason : std::string{});
                session_.close_sent(code);
            }
        }
        co_await flush();
        if (session_.duty() == session_duty::await_end) {
            co_await drain();
        } else if (!session_.is_clean()) {
            if (!std::exchange(is_shut_down_, true)) co_await over_.shutdown();
            co_await move_on_after(drain_timeout, drain());
            co_return;
        }
        co_await over_.close();
    } catch (const std::system_error&) {  // it has ended, and that is what was wanted
    }
}

/// Does what is left to be done when the peer's Close frame, or something wrong, has come.
async<> connection_state::settle() {
    co_await move_on_at(limit_, end_stream());
    over_.abort();
    finish();
}

async<> connection_state::say_close(ws::close_code code, std::string reason) {
    semaphore_permit permit;
    // Behind what `send` has begun. A message_writer may be in no hurry, and is cut.
    if (writer_turn.count() == 0) permit = co_await turn.acquire();
    if (!session_.may_close() || is_output_broken_) co_return;
    const auto number = static_cast<wire::ws::close_code>(code);
    const bool is_answer = session_.duty() == session_duty::send_close;
    close_ = writer_.close(number, reason);
    session_.close_sent(number);
    if (is_answer) co_return;
    ending end;
    end.why = errc::closed;
    end.what = "the connection was closed on this side, " + text_of(code, reason);
    end.who = closed_by::this_side;
    note_end(std::move(end));
}

async<> connection_state::close_in_steps(ws::close_code code, std::string reason) {
    co_await say_close(code, std::move(reason));
    co_await flush_quietly();
    co_await read_to_the_end();
}

namespace {

/// A closing that is cut is an abort.
class closing {
public:
    explicit closing(connection_state& of) noexcept : of_{of} {}
    closing(const closing&) = delete;
    closing& operator=(const closing&) = delete;
    ~closing() { of_.abort(); }

private:
    connection_state& of_;
};

}  // namespace

async<> connection_state::close(ref self, ws::close_code code, std::string reason) {
    if (self->is_over_) co_return;
    const auto number = static_cast<wire::ws::close_code>(code);
    if (number != wire::ws::close_code::none && !wire::ws::is_sendable(number)) {
        throw usage_error{"this WebSocket close code may not be sent"};
    }
    if (number == wire::ws::close_code::none && !reason.empty()) {
        throw usage_error{"a WebSocket close without a code has no reason"};
    }
    self->begin_limit();
    const closing guard{*self};
    auto steps = self->close_in_steps(code, std::move(reason));
    co_await move_on_at(self->limit_, std::move(steps));
}

}  // namespace patio::ws::detail
