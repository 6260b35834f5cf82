// SPDX-License-Identifier: MIT

#include "session.hpp"

#include <patio/base/assert.hpp>

namespace patio::wire::ws {

bool session::may_begin_message() const noexcept {
    return !is_close_sent_ && !is_close_received_ && !is_failed_ && !is_ended_;
}

bool session::may_continue_message() const noexcept {
    return !is_close_sent_ && !is_failed_ && !is_ended_;
}

bool session::may_close() const noexcept { return !is_close_sent_ && !is_ended_; }

bool session::may_read() const noexcept { return !is_close_received_ && !is_failed_ && !is_ended_; }

void session::close_sent(close_code code) {
    PATIO_ASSERT(may_close(), "a WebSocket connection has one Close frame");
    PATIO_ASSERT(code == close_code::none || is_sendable(code),
                 "this WebSocket close code may not be sent");
    is_close_sent_ = true;
}

void session::close_received(close_code code) noexcept {
    if (!may_read()) return;
    is_close_received_ = true;
    received_code_ = code;
    answer_code_ = code;
}

void session::failed(close_code code) noexcept {
    if (!may_read()) return;
    is_failed_ = true;
    answer_code_ = code;
}

void session::ended() noexcept { is_ended_ = true; }

session_duty session::duty() const noexcept {
    if (is_ended_) return session_duty::close_transport;
    if (is_failed_)
        return is_close_sent_ ? session_duty::close_transport : session_duty::send_close;
    if (is_close_received_) {
        if (!is_close_sent_) return session_duty::send_close;
        // Section 7.1.1: the server closes first, so that TIME_WAIT, which would keep a client from
        // connecting again, is held where it hurts less.
        return self_ == role::server ? session_duty::close_transport : session_duty::await_end;
    }
    return is_close_sent_ ? session_duty::await_close : session_duty::none;
}

}  // namespace patio::wire::ws
