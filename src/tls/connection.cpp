// SPDX-License-Identifier: MIT

#include "connection.hpp"

#include "chunks.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>

#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace patio::tls {

namespace {

/// What reading has made and nobody has sent, answers to key updates. Until there are so many a
/// reader does not wait for them to be sent: RFC 8446 section 4.6.3 wants them before the next text
/// only, and two sides that would send before they read could wait for each other.
constexpr std::uint64_t answer_bytes_max = 4096;
/// Ciphertext that is collected before it is sent.
constexpr std::size_t output_bytes_max = std::size_t{64} << 10;
/// How long a failure waits for its alert to be sent.
constexpr duration alert_timeout = duration::seconds(1);

/// Claims a direction of the transport, which is free.
class direction_in_use {
public:
    direction_in_use(bool& flag, event& is_free) noexcept : flag_{flag}, is_free_{is_free} {
        flag = true;
    }
    direction_in_use(const direction_in_use&) = delete;
    direction_in_use& operator=(const direction_in_use&) = delete;
    ~direction_in_use() {
        flag_ = false;
        is_free_.set();
    }

private:
    bool& flag_;
    event& is_free_;
};

}  // namespace

// --- failing

void connection::check_usable(const char* doing) const {
    if (is_aborted_) throw error{patio::errc::closed, doing};
    if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void connection::check_established() const {
    if (!is_established_) throw usage_error{"a stream was used before its TLS handshake has ended"};
}

void connection::fail_with(std::exception_ptr failure) noexcept {
    if (failure_ == nullptr) failure_ = std::move(failure);
}

std::string connection::peer_text() const {
    if (!host_.empty()) return host_;
    return SSL_is_server(ssl_.get()) == 1 ? "a client" : "a server";
}

std::string connection::describe(const char* doing) const {
    const bool is_server = SSL_is_server(ssl_.get()) == 1;
    return doing + (is_server ? " at a server" : " with " + peer_text());
}

void connection::note_failure(const char* doing) {
    const unsigned long first = ERR_peek_error();
    const int reason = ERR_GET_REASON(first);
    const bool is_tls = ERR_GET_LIB(first) == ERR_LIB_SSL;
    if (is_tls && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        ERR_clear_error();
        const char* why = X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
        fail_with(
            std::make_exception_ptr(certificate_error{why, peer_text(), certificate_details_}));
        return;
    }
    const errc code = is_tls && reason >= SSL_AD_REASON_OFFSET ? errc::refused  // an alert came
                                                               : errc::protocol_error;
    const std::string what = describe(doing) + ": " + take_reason();
    fail_with(std::make_exception_ptr(tls_error{code, what}));
}

connection::step connection::judge(int result, const char* doing) {
    if (result == 1) return step::done;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return step::needs_input;
        case SSL_ERROR_ZERO_RETURN:
            return step::is_at_end;
        default:
            note_failure(doing);
            return step::failed;
    }
}

async<> connection::flush_alert() {
    try {
        co_await flush();
    } catch (const error&) {  // the failure itself is what counts
    }
}

async<> connection::fail() {
    co_await move_on_after(alert_timeout, flush_alert());
    std::rethrow_exception(failure_);
}

// --- the two directions

async<> connection::flush() {
    const std::uint64_t target = bytes_.output.added();
    while (bytes_.output.gone() < target) {
        if (is_flushing_) {
            flushed_.clear();
            co_await flushed_.wait();
            continue;
        }
        if (is_aborted_) throw error{patio::errc::closed, describe("writing")};
        if (bytes_.output.is_torn()) {
            throw error{make_error_code(std::errc::broken_pipe),
                        "an earlier write was cancelled in the middle of a record"};
        }
        const direction_in_use claim{is_flushing_, flushed_};
        output_bytes::flight flight{bytes_.output};
        auto writing = lower_->write_counted(flight.parts(), flight.taken);
        co_await std::move(writing);
    }
}

async<> connection::fill(const char* doing) {
    const std::uint32_t seen = fill_count_;
    while (is_filling_ && fill_count_ == seen) {
        filled_.clear();
        co_await filled_.wait();
    }
    if (fill_count_ != seen) co_return;
    if (is_aborted_) throw error{patio::errc::closed, describe(doing)};
    const direction_in_use claim{is_filling_, filled_};
    if (!has_ended_) {
        auto reading = lower_->read_some(bytes_.input.room());
        const std::size_t count = co_await std::move(reading);
        ++fill_count_;
        bytes_.input.add(count);
        has_ended_ = count == 0;
    }
    if (has_ended_) throw cut_off(doing);
}

error connection::cut_off(const char* doing) const {
    if (is_closing_) return {patio::errc::closed, describe(doing)};
    const char* how = is_established_ ? ", which had no close_notify at its end" : "";
    return {patio::errc::end_of_stream, describe(doing) + how};
}

// --- the beginning

async<> connection::greet() {
    constexpr const char* doing = "TLS handshake";
    for (;;) {
        check_usable(doing);
        ERR_clear_error();
        const step next = judge(SSL_do_handshake(ssl_.get()), doing);
        if (next == step::failed) co_await fail();
        co_await flush();
        if (next == step::done) co_return;
        if (next == step::is_at_end) throw cut_off(doing);
        co_await fill(doing);
    }
}

async<> connection::handshake() {
    const bool is_in_time = co_await move_on_after(context_->handshake_timeout, greet());
    if (!is_in_time) {
        throw error{make_error_code(std::errc::timed_out), describe("TLS handshake")};
    }
    is_established_ = true;
}

// --- reading and writing

connection::step connection::try_read(byte_span target, std::size_t& count) {
    const std::uint64_t added = bytes_.output.added();
    const step next = read_records(target, count);
    if (bytes_.output.empty()) unsent_answer_bytes_ = 0;
    unsent_answer_bytes_ += bytes_.output.added() - added;
    return next;
}

connection::step connection::read_records(byte_span target, std::size_t& count) {
    count = 0;
    for (;;) {
        std::size_t piece = 0;
        const byte_span room = target.from(count);
        ERR_clear_error();
        const step next =
            judge(SSL_read_ex(ssl_.get(), room.data(), room.size(), &piece), "reading");
        if (next != step::done) return count > 0 ? step::done : next;
        count += piece;
        // More records may be there already: whoever has room gets them at once.
        if (count == target.size() || bytes_.input.empty()) return step::done;
    }
}

async<std::size_t> connection::read_some(byte_span target) {
    constexpr const char* doing = "reading";
    check_established();
    for (;;) {
        if (!patio::detail::spend_budget()) co_await yield();
        if (unsent_answer_bytes_ > answer_bytes_max) {
            co_await flush();
            unsent_answer_bytes_ = 0;
        }
        if (is_closing_) throw error{patio::errc::closed, describe(doing)};
        check_usable(doing);
        std::size_t count = 0;
        const step next = try_read(target, count);
        if (next == step::done) co_return count;
        if (next == step::is_at_end) co_return std::size_t{0};
        if (next == step::failed) co_await fail();
        co_await fill(doing);
    }
}

async<> connection::write(byte_views parts, std::size_t& taken) {
    constexpr const char* doing = "writing";
    taken = 0;
    check_established();
    chunks source{parts, gathered_};
    while (!source.current().empty()) {
        if (bytes_.output.size() >= output_bytes_max) co_await flush();
        check_usable(doing);
        if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) {
            throw error{make_error_code(std::errc::broken_pipe), "writing after a shutdown"};
        }
        const byte_view chunk = source.current();
        std::size_t written = 0;
        ERR_clear_error();
        const step next =
            judge(SSL_write_ex(ssl_.get(), chunk.data(), chunk.size(), &written), doing);
        if (next == step::failed) co_await fail();
        if (next == step::done) {
            taken += written;
            source.advance();
        } else {
            co_await fill(doing);  // half of a message has come, and must be read first
        }
    }
    co_await flush();
}

// --- the end

/// Reads the rest of a message of the protocol of which a part has come: OpenSSL says no goodbye in
/// the middle of one.
async<> connection::finish_messages() {
    constexpr const char* doing = "ending TLS";
    while (SSL_in_init(ssl_.get()) == 1) {
        char ignored = 0;
        std::size_t count = 0;
        ERR_clear_error();
        const step next = judge(SSL_peek_ex(ssl_.get(), &ignored, 1, &count), doing);
        if (next == step::failed) co_await fail();
        if (next != step::needs_input) co_return;
        co_await fill(doing);
    }
}

async<> connection::say_goodbye() {
    check_usable("ending TLS");
    co_await finish_messages();
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) {
        ERR_clear_error();
        if (SSL_shutdown(ssl_.get()) < 0) {
            note_failure("ending TLS");
            std::rethrow_exception(failure_);
        }
    }
    co_await flush();
}

/// What comes before the other side's goodbye is thrown away, and nothing that happens meanwhile
/// matters any more.
async<> connection::await_goodbye() {
    std::byte ignored[4096];
    try {
        for (;;) {
            if (!patio::detail::spend_budget()) co_await yield();
            std::size_t count = 0;
            const step next = try_read(ignored, count);
            if (next == step::is_at_end || next == step::failed) co_return;
            if (next == step::needs_input) co_await fill("ending TLS");
        }
    } catch (const error&) {}
}

async<> connection::shutdown() {
    check_established();
    auto goodbye = say_goodbye();
    co_await std::move(goodbye);
}

/// Text that a cancelled write has left may be lost if the end fails; a goodbye alone may be.
async<> connection::try_goodbye(bool has_text) {
    try {
        co_await say_goodbye();
    } catch (const error&) {
        if (has_text) throw;
    }
}

async<> connection::close_within_limit() {
    const time_point limit = now() + context_->shutdown_timeout;
    const bool has_text = !bytes_.output.empty();
    const bool is_said = co_await move_on_at(limit, try_goodbye(has_text));
    if (!is_said && has_text) {
        throw error{make_error_code(std::errc::timed_out), describe("sending what was written")};
    }
    co_await move_on_at(limit, await_goodbye());
}

async<> connection::close() {
    is_closing_ = true;
    if (is_established_ && failure_ == nullptr && !is_aborted_) co_await close_within_limit();
    auto closing = lower_->close();
    co_await std::move(closing);
}

void connection::abort() noexcept {
    is_aborted_ = true;
    lower_->abort();
}

}  // namespace patio::tls
