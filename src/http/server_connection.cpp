// SPDX-License-Identifier: MIT

#include "server_connection.hpp"

#include "../wire_http/write_head.hpp"
#include "access.hpp"
#include "file_body.hpp"
#include "headers_access.hpp"
#include "is_loss.hpp"
#include "plain_response.hpp"
#include "request_body.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/report.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/http/status.hpp>
#include <patio/io/send_file.hpp>
#include <patio/io/socket_info.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace patio::http::detail {

using wire::http::event;

namespace {

// A request without a body fits in most cases; bodies get more when they are read.
constexpr std::size_t head_buffer_bytes = std::size_t{4} << 10;
constexpr std::size_t body_buffer_bytes = std::size_t{64} << 10;
// Bodies up to here are copied behind their head, so that one system call sends both.
constexpr std::size_t copied_body_bytes_max = std::size_t{16} << 10;
// Answers to requests that came together are collected up to here.
constexpr std::size_t collected_bytes_max = std::size_t{32} << 10;
// Of a body that nobody wanted, to keep the connection; and of what is thrown away before an end.
constexpr std::uint64_t skipped_bytes_max = std::uint64_t{256} << 10;
// Pieces in which large bodies are sent, and files from which on the kernel sends them.
constexpr std::size_t sent_piece_bytes = std::size_t{16} << 10;
constexpr std::size_t block_bytes = std::size_t{256} << 10;
constexpr std::uint64_t sent_file_bytes_min = std::uint64_t{64} << 10;
constexpr duration linger_time = duration::seconds(2);
constexpr duration last_word_time = duration::seconds(1);

/// Empty for what has none: memory, a pipe.
endpoint other_end_of(const stream& peer) {
    if (peer.native_handle() < 0) return {};
    return peer_endpoint(peer);
}

void report_failure(const request& of, const std::string& what) noexcept {
    const std::string text =
        "answering " + of.method() + " " + std::string{of.target()} + " failed: " + what;
    this_thread_loop().emit(report{report_kind::unobserved_failure, text.c_str()});
}

}  // namespace

// --- life

server_connection::server_connection(std::shared_ptr<server_core> core, stream peer)
    : core_{std::move(core)},
      peer_{std::move(peer)},
      peer_endpoint_{other_end_of(peer_)},
      parser_{core_->settings().parsing()},
      buffer_{std::make_unique<std::byte[]>(head_buffer_bytes)},
      buffer_bytes_{head_buffer_bytes} {
    request_access::set_peer(request_, peer_endpoint_, core_->settings().is_secure());
}

server_connection::~server_connection() = default;

void server_connection::stop() noexcept {
    keeps_alive_ = false;
    if (phase_ != phase::answering && guard_ != nullptr) {
        guard_->cut(cut_cause::stopping, "the server stops");
    }
}

void server_connection::set_phase(phase to) noexcept {
    phase_ = to;
    if (guard_ == nullptr) return;
    const bool is_answering = to == phase::answering;
    guard_->cut_on_end(is_answering && !core_->settings().serves_half_closed(), is_answering);
}

async<> server_connection::serve() {
    const address_limits limits = core_->settings().addresses();
    if (limits.is_on() && peer_endpoint_.is_ip()) {
        record_ = core_->addresses().enter(peer_endpoint_.address(), now());
        if (record_ == nullptr) co_return;
    }
    try {
        auto answering = answer_all();
        co_await std::move(answering);
    } catch (const std::system_error&) {
        if (!is_waiting_for_peer_) throw;
        peer_.abort();  // the client went away: everyday life
    }
}

async<> server_connection::answer_all() {
    while (keeps_alive_) {
        const bool is_there = co_await read_head();
        if (!is_there) break;
        co_await answer();
        if (out_.size() >= collected_bytes_max) co_await flush();
        if (!keeps_alive_ || has_message_ended_) continue;
        const bool is_whole = co_await skip_body();
        if (!is_whole) break;
    }
    co_await flush();
}

async<> server_connection::finish(cut_cause why) {
    guard_ = nullptr;
    if (peer_.is_closed()) co_return;
    if (why == cut_cause::peer_gone || why == cut_cause::stopping) co_return;
    if (why == cut_cause::too_slow) {
        // An idle client gets no word: it may be about to send a request, and would take the 408
        // for its answer.
        if (has_begun_answer_ || phase_ == phase::idle) co_return;
        refuse(408, "the request did not come in time");
        auto speaking = as_outcome(move_on_after(last_word_time, flush()));
        (void)co_await std::move(speaking);  // nobody may be there
    } else if (talk_) {
        peer_.put_back(input_);
        buffer_.reset();
        auto talking = talk_(std::move(peer_));
        co_return co_await std::move(talking);
    }
    auto ending = as_outcome(say_goodbye());
    (void)co_await std::move(ending);  // how it fails is of no interest: it ends
}

async<> server_connection::say_goodbye() {
    if (!has_message_ended_ || is_refused_) co_await linger();
    co_await peer_.close();
}

/// Lets the client read the last word: closing with unread input makes the kernel send a reset,
/// which may overtake it. **Source** RFC 9112 section 9.6.
async<> server_connection::linger() {
    co_await peer_.shutdown();
    const auto dropping = [](stream& from) -> async<> {
        std::byte scrap[2048];
        std::uint64_t left = skipped_bytes_max;
        for (;;) {
            auto reading = from.read_some(byte_span{scrap, sizeof scrap});
            const std::size_t count = co_await std::move(reading);
            if (count == 0 || count >= left) co_return;
            left -= count;
        }
    };
    auto limited = move_on_after(linger_time, dropping(peer_));
    co_await std::move(limited);
}

// --- input

/// Reads once. **Returns** whether something came; if not, the parser has been told of the end.
async<bool> server_connection::read_more() {
    if (has_input_ended_) co_return false;
    const byte_span room{buffer_.get(), buffer_bytes_};
    auto reading = peer_.read_some(room);
    is_waiting_for_peer_ = true;  // and stays so if this fails
    const std::size_t count = co_await std::move(reading);
    is_waiting_for_peer_ = false;
    input_ = byte_view{buffer_.get(), count};
    if (count > 0) co_return true;
    has_input_ended_ = true;
    parser_.finish();
    co_return true;  // the parser says what that means
}

/// The next event that is not `need_more`.
async<event> server_connection::next_event() {
    for (;;) {
        const event next = parser_.next(input_);
        if (next != event::need_more) co_return next;
        const bool is_more = co_await read_more();
        if (!is_more) co_return event::closed;
    }
}

/// **Returns** whether there is one; if not, a refusal may wait to be sent.
async<bool> server_connection::read_head() {
    set_phase(phase::idle);
    time_point deadline = now() + core_->settings().idle_timeout();
    for (;;) {
        switch (parser_.next(input_)) {
            case event::head:
                co_return true;
            case event::failed:
                refuse();
                co_return false;
            case event::need_more:
                break;
            case event::end:  // of the message before
                continue;
            default:
                co_return false;
        }
        if (!out_.empty()) co_await flush();
        if (phase_ == phase::idle && !parser_.is_idle()) {
            set_phase(phase::head);
            has_begun_answer_ = false;
            deadline = now() + core_->settings().header_timeout();
        } else if (phase_ == phase::idle && core_->is_stopping()) {
            co_return false;
        }
        expire_at(deadline);
        use_buffer(head_buffer_bytes);
        const bool is_more = co_await read_more();
        if (!is_more) co_return false;
    }
}

/// Changes the size of the buffer, if nothing is in it. Most connections wait most of the time, and
/// shall cost little then.
void server_connection::use_buffer(std::size_t bytes) {
    if (buffer_bytes_ == bytes || !input_.empty()) return;
    buffer_ = std::make_unique<std::byte[]>(bytes);
    buffer_bytes_ = bytes;
}

void server_connection::refuse() {
    const wire::http::failure& failure = parser_.failure();
    is_refused_ = true;
    if (failure.what == wire::http::problem::cut_short) {  // nobody is there to read it
        keeps_alive_ = false;
        return;
    }
    refuse(failure.status, wire::http::text_of(failure.what));
}

void server_connection::refuse(int status, std::string_view why) {
    is_refused_ = true;
    keeps_alive_ = false;
    std::string text = std::to_string(status);
    text.append(" ").append(reason_of(status)).append(": ").append(why).append("\n");
    response answer{status, http::body{std::move(text)}};
    has_begun_answer_ = true;
    const framing how = frame_response(answer, {});
    append_response_head(out_, answer, how, {}, false);
    out_.append(answer.body().in_memory().value_or(std::string_view{}));
}

async<std::size_t> server_connection::read_body(byte_span target) {
    if (has_message_ended_) co_return 0;
    if (wants_continue_) {
        append_continue();
        co_await flush();
    }
    if (body_bytes_ == 0) body_begun_ = now();
    while (piece_.empty()) {
        expire_at(core_->settings().body_deadline(body_begun_, body_bytes_));
        const event next = co_await next_event();
        expire_at(time_point::never());
        if (next == event::body) {
            piece_ = parser_.body();
        } else if (next == event::trailers) {
            headers_access::assign(trailers_, parser_.trailers());
        } else if (next == event::end) {
            has_message_ended_ = true;
            co_return 0;
        } else {
            is_refused_ = true;
            keeps_alive_ = false;
            const bool is_cut = parser_.failure().what == wire::http::problem::cut_short;
            throw error{is_cut ? errc::end_of_stream : errc::malformed, "reading a request's body"};
        }
    }
    const std::size_t count = std::min(piece_.size(), target.size());
    std::copy_n(piece_.data(), count, target.data());
    piece_ = piece_.from(count);
    body_bytes_ += count;
    if (body_bytes_ > body_bytes_max()) {
        has_body_limit_failed_ = true;
        keeps_alive_ = false;
        throw limit_exceeded{"body_bytes_max", static_cast<std::size_t>(body_bytes_max())};
    }
    co_return count;
}

/// Lets the client send the body, if it waits for that. **Source** RFC 9110 section 10.1.1.
void server_connection::append_continue() {
    if (!std::exchange(wants_continue_, false)) return;
    out_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

const headers* server_connection::trailers() const noexcept {
    return has_message_ended_ && !trailers_.empty() ? &trailers_ : nullptr;
}

std::uint64_t server_connection::body_bytes_max() const noexcept {
    return core_->settings().body_bytes_max();
}

/// What the handler has left of the body, if it is not too much. **Returns** whether the next
/// request can be read.
async<bool> server_connection::skip_body() {
    if (wants_continue_ || is_refused_) co_return false;
    co_await flush();
    std::uint64_t left = skipped_bytes_max;
    std::byte scrap[2048];
    while (!has_message_ended_) {
        auto reading = as_outcome(read_body(byte_span{scrap, sizeof scrap}));
        const outcome<std::size_t> count = co_await std::move(reading);
        if (!count.has_value() || count.value() > left) co_return false;
        left -= count.value();
    }
    co_return true;
}

// --- requests

/// Makes a request of what the parser has read.
void server_connection::begin_request() {
    const wire::http::request_head& head = parser_.head();
    ++message_;
    request_access::clear(request_);
    trailers_.clear();
    piece_ = {};
    body_bytes_ = 0;
    has_begun_answer_ = false;
    has_body_limit_failed_ = false;
    context_.is_head = head.method == "HEAD";
    context_.is_connect = head.method == "CONNECT";
    context_.is_http_1_0 = head.version == wire::http::version::http_1_0;
    keeps_alive_ = head.meaning.is_keep_alive && !core_->is_stopping();
    wants_continue_ = head.expects_continue;

    request_access::set_start(request_, head.method, head.target);
    headers_access::assign(request_.headers(), head.fields);
    if (context_.is_http_1_0) request_.headers().remove("Upgrade");  // RFC 9110 section 7.8
    if (head.form == wire::http::target_form::absolute) {
        const url_result whole = url::try_parse(head.target);
        if (whole) request_access::set_start(request_, head.method, whole->target());
        request_.headers().set("Host", head.authority);
    }

    const wire::http::body_framing& body = head.meaning.body;
    const bool is_empty = body.kind == wire::http::body_kind::none ||
                          (body.kind == wire::http::body_kind::length && body.bytes == 0);
    has_message_ended_ = is_empty;
    if (is_empty) return;
    const bool is_known = body.kind == wire::http::body_kind::length;
    use_buffer(body_buffer_bytes);
    request_.with(http::body{std::make_unique<request_body>(
        shared_from_this(), is_known ? std::optional{body.bytes} : std::nullopt)});
}

/// Whether a limit keeps the request from its handler; then the answer is made.
bool server_connection::is_refused() {
    if (request_.body().length().value_or(0) > body_bytes_max()) {
        refuse(413, "the body has more than body_bytes_max");
        return true;
    }
    if (record_ != nullptr && !core_->addresses().may_request(*record_, now())) {
        response answer = plain_response(429);
        answer.with("Retry-After", "1");
        (void)append_short(answer);
        return true;
    }
    return false;
}

async<> server_connection::answer() {
    begin_request();
    set_phase(phase::answering);
    expire_at(time_point::never());
    if (is_refused()) co_return;
    handler* later = nullptr;
    std::exception_ptr failure;
    response made;
    try {
        handler& by = core_->root().find(request_);
        if (by.answers_now()) {
            made = by.answer_now(request_);
        } else {
            later = &by;
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (later != nullptr) {
        auto answering = answer_later(*later);
        co_return co_await std::move(answering);
    }
    if (failure != nullptr) made = answer_to_failure(failure);
    if (append_short(made)) co_return;
    auto sending = send(std::move(made));
    co_await std::move(sending);
}

async<> server_connection::answer_later(handler& by) {
    if (!out_.empty()) co_await flush();  // whose answers are ready need not wait for this one
    auto answering = as_outcome(by.answer(request_));
    outcome<response> result = co_await std::move(answering);
    response made;
    if (result.has_value()) {
        made = std::move(result).value();
    } else {
        made = answer_to_failure(result.error());
    }
    if (append_short(made)) co_return;
    auto sending = send(std::move(made));
    co_await std::move(sending);
}

response server_connection::answer_to_failure(const std::exception_ptr& failure) {
    if (has_body_limit_failed_) return plain_response(413);
    if (is_refused_) return plain_response(400);
    if (is_waiting_for_peer_ || has_input_ended_) {  // the client went away: everyday life
        keeps_alive_ = false;
        return plain_response(400);
    }
    try {
        std::rethrow_exception(failure);
    } catch (const status_error& meant) {
        return plain_response(meant.status());
    } catch (const limit_exceeded& limit) {
        const std::string name = limit.name();
        if (name == "text_bytes_max") return plain_response(413);
        report_failure(request_, limit.what());
    } catch (const std::exception& error) {
        report_failure(request_, error.what());
    } catch (...) {
        report_failure(request_, "something that is no std::exception");
    }
    return plain_response(500);
}

// --- responses

/// Appends a response that is small and in memory to the output. **Returns** whether it is.
bool server_connection::append_short(response& made) {
    const std::optional<std::string_view> bytes = made.body().in_memory();
    const response_extras* extras = response_access::extras_if(made);
    if (!bytes || bytes->size() > copied_body_bytes_max) return false;
    if (extras != nullptr && extras->talk) return false;
    if (keeps_alive_ && !made.headers().empty() && asks_for_close(made)) keeps_alive_ = false;
    if (wants_continue_) keeps_alive_ = false;  // the body may come, or not
    const framing how = frame_response(made, context_);
    has_begun_answer_ = true;
    append_response_head(out_, made, how, context_, keeps_alive_);
    if (how.kind == framing_kind::length) out_.append(*bytes);
    return true;
}

async<> server_connection::flush() {
    if (out_.empty()) co_return;
    auto writing = flush_with({});
    co_await std::move(writing);
}

/// Sends what waits, and a block behind it.
async<> server_connection::flush_with(byte_view more) {
    if (sent_bytes_ == 0) write_begun_ = now();
    sent_bytes_ += out_.size() + more.size();
    expire_at(core_->settings().write_deadline(write_begun_, sent_bytes_));
    auto writing = peer_.write(byte_view{out_}, more);
    is_waiting_for_peer_ = true;
    co_await std::move(writing);
    is_waiting_for_peer_ = false;
    expire_at(time_point::never());
    if (out_.capacity() > 2 * collected_bytes_max) {
        out_ = {};
    } else {
        out_.clear();
    }
}

/// Sends a response of any kind.
async<> server_connection::send(response made) {
    response_extras* extras = response_access::extras_if(made);
    // A body that streams may come from that of the request, which comes only behind this; and
    // nothing but the answer may follow the answer's head.
    if (wants_continue_ && body_access::source(made.body()) != nullptr) {
        append_continue();
        co_await flush();
    }
    if (asks_for_close(made) || wants_continue_) keeps_alive_ = false;
    framing how = frame_response(made, context_);
    if (how.kind == framing_kind::until_close) keeps_alive_ = false;
    has_begun_answer_ = true;
    append_response_head(out_, made, how, context_, keeps_alive_);
    if (extras != nullptr && extras->talk) {
        keeps_alive_ = false;
        has_message_ended_ = true;
        co_await flush();
        talk_ = std::move(extras->talk);
        co_return;
    }
    // The head is out, or will be: a failure can only be told by an end in the middle.
    auto sending = as_outcome(send_body(made, how));
    const outcome<void> sent = co_await std::move(sending);
    if (sent.has_value()) co_return;
    if (!is_waiting_for_peer_) report_failure(request_, sent.what());
    keeps_alive_ = false;
    peer_.abort();
}

async<> server_connection::send_body(response& made, const framing& how) {
    sent_bytes_ = 0;
    body_source* source = body_access::source(made.body());
    const bool is_sent = how.kind == framing_kind::length || how.kind == framing_kind::chunked ||
                         how.kind == framing_kind::until_close;
    if (!is_sent) {
        co_await flush();
    } else if (auto* file = dynamic_cast<file_body*>(source);
               file != nullptr && how.bytes > sent_file_bytes_min) {
        co_await send_file(*file);
    } else if (source != nullptr) {
        co_await send_pieces(*source, how);
    } else {
        co_await send_bytes(body_access::rest(made.body()));
    }
    sent_bytes_ = 0;
}

async<> server_connection::send_bytes(std::string_view bytes) {
    for (byte_view rest{bytes}; !rest.empty();) {
        const byte_view block = rest.first(block_bytes);
        rest = rest.from(block.size());
        co_await flush_with(block);
    }
}

async<> server_connection::send_file(file_body& from) {
    co_await flush();
    while (from.left() > 0) {
        const std::uint64_t count = std::min<std::uint64_t>(from.left(), send_file_chunk_bytes);
        sent_bytes_ += count;
        expire_at(core_->settings().write_deadline(write_begun_, sent_bytes_));
        auto sending = as_outcome(
            patio::send_file(peer_, from.source().native_handle(), from.offset(), count));
        const outcome<std::uint64_t> sent = co_await std::move(sending);
        expire_at(time_point::never());
        if (!sent.has_value()) {
            is_waiting_for_peer_ = is_loss(sent.error());  // and not the file
            std::rethrow_exception(sent.error());
        }
        if (sent.value() < count) {
            throw error{errc::end_of_stream,
                        "a file became shorter while it was sent: " + from.source().path()};
        }
        from.advance(count);
    }
}

/// Each piece goes out at once: who made it may wait for the next one.
async<> server_connection::send_pieces(body_source& source, const framing& how) {
    const bool is_chunked = how.kind == framing_kind::chunked;
    const bool has_length = how.kind == framing_kind::length;
    std::uint64_t left = has_length ? how.bytes : static_cast<std::uint64_t>(-1);
    std::string piece(sent_piece_bytes, '\0');
    // What is made as it goes may begin late, as events do, and the head tells that it will.
    if (!has_length) co_await flush();
    while (left > 0) {
        auto reading = source.read_some(byte_span{piece});
        const std::size_t count = co_await std::move(reading);
        if (count == 0) break;
        if (count > left) throw usage_error{"a body has more bytes than it was said to have"};
        if (has_length) left -= count;
        if (is_chunked) wire::http::write_chunk_head(out_, count);
        out_.append(piece, 0, count);
        if (is_chunked) out_.append(wire::http::chunk_end);
        co_await flush();
    }
    if (has_length && left > 0) {
        throw error{errc::end_of_stream, "a body has fewer bytes than it was said to have"};
    }
    if (is_chunked) append_last_chunk(source.trailers());
    co_await flush();
}

void server_connection::append_last_chunk(const headers* trailers) {
    std::vector<wire::http::field> fields;
    if (trailers != nullptr) {
        for (const auto& [name, value] : *trailers)
            fields.push_back({name, value});
    }
    if (wire::http::write_last_chunk(out_, fields) != wire::http::problem::none) {
        throw usage_error{"a body's trailers have a field that none may have"};
    }
}

}  // namespace patio::http::detail
