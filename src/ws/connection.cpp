// SPDX-License-Identifier: MIT

#include <patio/ws/connection.hpp>

#include "connection_state.hpp"
#include "outgoing_message.hpp"

#include <patio/base/assert.hpp>

#include <utility>

namespace patio::ws {

using detail::connection_state;
using detail::outgoing_message;

// --- message_writer

message_writer::message_writer(std::shared_ptr<outgoing_message> state) noexcept
    : state_{std::move(state)} {}
message_writer& message_writer::operator=(message_writer&& other) noexcept {
    if (this != &other) {
        if (state_) state_->abandon();
        state_ = std::move(other.state_);
    }
    return *this;
}
message_writer::~message_writer() {
    if (state_) state_->abandon();
}

async<message_writer> message_writer::begin(std::shared_ptr<connection_state> on,
                                            message_kind kind) {
    std::shared_ptr<outgoing_message> begun = co_await outgoing_message::begin(std::move(on), kind);
    co_return message_writer{std::move(begun)};
}

async<> message_writer::write(byte_view part) { return outgoing_message::write(state_, part); }
async<> message_writer::end() { return outgoing_message::end(state_); }

// --- connection

namespace {

async<> send_owned(std::shared_ptr<connection_state> on, message whole) {
    auto sending = connection_state::send(std::move(on), whole.kind, whole.data);
    co_await std::move(sending);
}

}  // namespace

const std::shared_ptr<connection_state>& connection::state() const noexcept {
    PATIO_ASSERT(state_ != nullptr, "a WebSocket connection was used after it had been moved away");
    return state_;
}

connection::connection(std::shared_ptr<connection_state> state) noexcept
    : state_{std::move(state)} {}
connection& connection::operator=(connection&& other) noexcept {
    if (this != &other) {
        abort();
        state_ = std::move(other.state_);
    }
    return *this;
}
connection::~connection() { abort(); }

async<std::optional<message>> connection::receive() { return connection_state::receive(state()); }
async<std::optional<message_piece>> connection::receive_piece() {
    return connection_state::receive_piece(state());
}

async<> connection::send(message whole) { return send_owned(state(), std::move(whole)); }
async<> connection::send(std::string_view text) {
    return connection_state::send(state(), message_kind::text, text);
}
async<> connection::send_binary(byte_view bytes) {
    return connection_state::send(state(), message_kind::binary, bytes);
}
async<message_writer> connection::begin_message(message_kind kind) {
    return message_writer::begin(state(), kind);
}
async<duration> connection::ping() { return connection_state::ping(state()); }

async<> connection::close(ws::close_code code, std::string reason) {
    return connection_state::close(state(), code, std::move(reason));
}
void connection::abort() noexcept {
    if (state_) state_->abort();
}

bool connection::is_open() const noexcept { return state()->is_open(); }
ws::close_code connection::close_code() const noexcept { return state()->end().code; }
const std::string& connection::close_reason() const noexcept { return state()->end().reason; }
const std::string& connection::subprotocol() const noexcept {
    return state()->agreed().subprotocol;
}
bool connection::is_compressed() const noexcept {
    return state()->agreed().compression.has_value();
}

connection detail::make_connection(stream upgraded, agreement agreed,
                                   const connection_options& options) {
    return connection{
        std::make_shared<connection_state>(std::move(upgraded), std::move(agreed), options)};
}

}  // namespace patio::ws
