// SPDX-License-Identifier: MIT
#pragma once

// One connection of an HTTP/1.1 server: requests in, responses out, one after the other.

#include "../wire_http/parser.hpp"
#include "connection_guard.hpp"
#include "response_head.hpp"
#include "server_core.hpp"

#include <patio/core/async.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace patio::http::detail {

class file_body;

/// Counted, because the body of a request may outlive its connection.
///
/// Order of things: read a head, answer, read what is left of the body, again. Responses to
/// requests that came together are sent together, unless a handler has to wait.
///
/// **Threads** its loop's.
class server_connection : public std::enable_shared_from_this<server_connection> {
public:
    server_connection(std::shared_ptr<server_core> core, stream peer);
    server_connection(const server_connection&) = delete;
    server_connection& operator=(const server_connection&) = delete;
    ~server_connection();

    /// The work, which runs inside of the guard.
    [[nodiscard]] async<> serve();
    /// The end, after the guard: a last word, another protocol, or goodbye.
    [[nodiscard]] async<> finish(cut_cause why);

    /// Null while nothing is guarded.
    void guard_with(connection_guard* guard) noexcept { guard_ = guard; }
    [[nodiscard]] stream& peer() noexcept { return peer_; }
    /// The server stops: ends now, or behind the answer.
    void stop() noexcept;

    // --- for the body of a request

    [[nodiscard]] std::uint64_t message() const noexcept { return message_; }
    /// Reads of the current message's body. **Returns** 0 at its end.
    [[nodiscard]] async<std::size_t> read_body(byte_span target);
    [[nodiscard]] const headers* trailers() const noexcept;
    [[nodiscard]] std::uint64_t body_bytes_max() const noexcept;

private:
    friend class server_core;
    enum class phase : std::uint8_t { idle, head, answering };

    [[nodiscard]] async<> answer_all();
    [[nodiscard]] async<> say_goodbye();
    [[nodiscard]] async<bool> read_head();
    [[nodiscard]] async<wire::http::event> next_event();
    [[nodiscard]] async<bool> read_more();
    void use_buffer(std::size_t bytes);
    void refuse();
    void refuse(int status, std::string_view why);
    void append_continue();
    void begin_request();
    [[nodiscard]] bool is_refused();
    [[nodiscard]] async<> answer();
    [[nodiscard]] async<> answer_later(handler& by);
    void take_answer(outcome<response> made);
    [[nodiscard]] response answer_to_failure(const std::exception_ptr& failure);
    [[nodiscard]] bool append_short(response& made);
    [[nodiscard]] async<> send(response made);
    [[nodiscard]] async<> send_body(response& made, const framing& how);
    [[nodiscard]] async<> send_bytes(std::string_view bytes);
    [[nodiscard]] async<> send_file(file_body& from);
    [[nodiscard]] async<> send_pieces(body_source& source, const framing& how);
    void append_last_chunk(const headers* trailers);
    [[nodiscard]] async<> flush();
    [[nodiscard]] async<> flush_with(byte_view more);
    [[nodiscard]] async<bool> skip_body();
    [[nodiscard]] async<> linger();
    void expire_at(time_point when) noexcept {
        if (guard_ != nullptr) guard_->expire_at(when);
    }
    void set_phase(phase to) noexcept;

    std::shared_ptr<server_core> core_;
    stream peer_;
    endpoint peer_endpoint_;
    address_record* record_ = nullptr;
    connection_guard* guard_ = nullptr;
    server_connection* previous_ = nullptr;  // the list of the core
    server_connection* next_ = nullptr;

    // Input: bytes of `buffer_` that the parser has not taken, and a piece of a body that the
    // reader of the body has not taken.
    wire::http::request_parser parser_;
    std::unique_ptr<std::byte[]> buffer_;
    std::size_t buffer_bytes_ = 0;
    byte_view input_;
    byte_view piece_;
    bool has_input_ended_ = false;
    bool is_waiting_for_peer_ = false;  // also once that has failed

    // The message.
    std::uint64_t message_ = 0;
    request request_;
    answer_context context_;
    phase phase_ = phase::idle;
    bool has_message_ended_ = true;  // its body was read to the end
    bool wants_continue_ = false;    // the client waits for 100 before it sends the body
    bool is_refused_ = false;        // the parser has failed
    bool keeps_alive_ = true;
    bool has_begun_answer_ = false;  // a byte of it may have been sent
    bool has_body_limit_failed_ = false;
    std::uint64_t body_bytes_ = 0;  // read
    time_point body_begun_;
    headers trailers_;

    // Output that waits to be sent.
    std::string out_;
    std::uint64_t sent_bytes_ = 0;
    time_point write_begun_;
    unique_function<async<>(stream)> talk_;
};

}  // namespace patio::http::detail
