// SPDX-License-Identifier: MIT

#include "http1_exchange.hpp"

#include "access.hpp"
#include "connection_pool.hpp"
#include "headers_access.hpp"
#include "wire_http/write_head.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace patio::http::detail {

namespace wire = patio::wire::http;

namespace {

/// A length as text.
class decimal {
public:
    explicit decimal(std::uint64_t value) noexcept
        : end_{std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr} {}
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), end_}; }

private:
    std::array<char, 20> text_{};
    const char* end_;
};

}  // namespace

http1_exchange::~http1_exchange() {
    if (connection_ == nullptr || !is_head_read_ || is_at_end_ || is_other_protocol_) return;
    // What has arrived costs nobody any time.
    try {
        for (;;) {
            const wire::event met = connection_->parser.next(connection_->unread);
            if (met == wire::event::end) break;
            if (met != wire::event::body && met != wire::event::trailers) return;
        }
    } catch (const std::exception&) {  // no memory for trailers
        return;
    }
    end();
}

// --- sending

async<> http1_exchange::send_head(const outgoing_head& head, byte_view content) {
    std::vector<wire::field>& fields = *head.fields;
    const decimal length{head.length.value_or(0)};
    is_chunked_ = head.has_body && !head.length;
    if (is_chunked_) {
        fields.push_back({"Transfer-Encoding", "chunked"});
    } else if (head.has_body) {
        fields.push_back({"Content-Length", length.text()});
    }
    wire::request_head written;
    written.method = head.method;
    written.target = head.target;
    written.fields = fields;
    std::string& text = connection_->head_text;
    text.clear();
    const wire::problem wrong = wire::write_request_head(text, written);
    if (wrong != wire::problem::none) {
        throw error{errc::malformed,
                    "the request cannot be sent: " + std::string{wire::text_of(wrong)}};
    }
    wire::asked asked;
    asked.is_head = head.method == "HEAD";
    asked.is_connect = head.method == "CONNECT";
    asked.is_upgrade = head.is_upgrade;
    connection_->parser.begin(asked);
    may_be_kept_ = written.meaning.is_keep_alive;
    is_sent_ = !head.has_body || (!is_chunked_ && content.size() == head.length);
    if (content.empty()) {
        auto writing = connection_->line.write(byte_view{text});
        co_await std::move(writing);
    } else {
        auto writing = connection_->line.write(byte_view{text}, content);
        co_await std::move(writing);
    }
}

async<> http1_exchange::send_body(byte_view piece) {
    if (piece.empty()) co_return;
    if (is_chunked_) {
        const wire::chunk_head size{piece.size()};
        auto writing = connection_->line.write(byte_view{size}, piece, byte_view{wire::chunk_end});
        co_await std::move(writing);
    } else {
        auto writing = connection_->line.write(piece);
        co_await std::move(writing);
    }
}

async<> http1_exchange::send_end() {
    if (is_chunked_) {
        auto writing = connection_->line.write(byte_view{"0\r\n\r\n"});
        co_await std::move(writing);
    }
    is_sent_ = true;
}

// --- receiving

bool http1_exchange::has_gone_on(wire::event met) {
    if (met == wire::event::failed) throw_failure(connection_->parser);
    if (met == wire::event::closed) {
        throw error{errc::end_of_stream, "the server closed the connection without a response"};
    }
    return met != wire::event::need_more;
}

async<> http1_exchange::receive_head(response& into) {
    for (;;) {
        const wire::event met = connection_->parser.next(connection_->unread);
        if (has_gone_on(met)) {
            note_head(into);
            is_head_read_ = met == wire::event::head;
            if (is_head_read_ && !body_.has_body) {
                // What follows is no part of a body: the end, or another protocol.
                is_other_protocol_ =
                    connection_->parser.next(connection_->unread) == wire::event::upgraded;
                if (!is_other_protocol_) end();
            }
            co_return;
        }
        auto filling = connection_->fill();
        co_await std::move(filling);
        is_answered_ = is_answered_ || !connection_->unread.empty();
    }
}

void http1_exchange::note_head(response& into) {
    const wire::response_head& head = connection_->parser.head();
    // A status that nobody knows means what the first of its class does: RFC 9110 section 15.
    into.status(head.status > 599 ? 500 : head.status);
    if (head.reason != into.reason()) response_access::extras(into).reason = head.reason;
    headers_access::assign(into.headers(), head.fields);
    const wire::body_framing& framing = head.meaning.body;
    body_.has_body = framing.kind != wire::body_kind::none &&
                     (framing.kind != wire::body_kind::length || framing.bytes > 0);
    if (framing.kind == wire::body_kind::length) body_.length = framing.bytes;
    may_be_kept_ = may_be_kept_ && head.meaning.is_keep_alive;
}

std::optional<std::string> http1_exchange::take_arrived_body() {
    const std::uint64_t length = body_.length.value_or(0);
    if (length == 0 || length > connection_->unread.size()) return std::nullopt;
    std::string all;
    all.reserve(static_cast<std::size_t>(length));
    for (;;) {
        const wire::event met = connection_->parser.next(connection_->unread);
        if (met == wire::event::end) break;
        if (!has_gone_on(met)) return std::nullopt;
        const byte_view part = connection_->parser.body();
        all.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    end();
    return all;
}

async<std::size_t> http1_exchange::receive_body(byte_span target) {
    while (piece_.empty() && !is_at_end_) {
        const wire::event met = connection_->parser.next(connection_->unread);
        if (met == wire::event::body) {
            piece_ = connection_->parser.body();
        } else if (met == wire::event::trailers) {
            headers_access::assign(trailers_, connection_->parser.trailers());
        } else if (met == wire::event::end) {
            end();
        } else if (!has_gone_on(met)) {
            auto filling = connection_->fill();
            co_await std::move(filling);
        }
    }
    const std::size_t count = std::min(piece_.size(), target.size());
    std::copy_n(piece_.data(), count, target.data());
    piece_ = piece_.from(count);
    co_return count;
}

void http1_exchange::end() noexcept {
    is_at_end_ = true;
    std::unique_ptr<http1_connection> done = std::move(connection_);
    // Bytes behind a response are an answer to nothing.
    const bool is_clean = done->unread.empty() && done->line.buffered().empty();
    connection_pool* pool = done->slot.pool();
    if (pool != nullptr && is_sent_ && may_be_kept_ && is_clean) {
        pool->give_back(std::move(done));
    }
}

stream http1_exchange::take_connection() {
    if (connection_ == nullptr || !is_other_protocol_) return {};
    stream taken = connection_->take_line();
    connection_.reset();
    is_at_end_ = true;
    return taken;
}

}  // namespace patio::http::detail
