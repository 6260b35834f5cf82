// SPDX-License-Identifier: MIT
#pragma once

// One request and its response in HTTP/1.1.

#include "exchange.hpp"
#include "http1_connection.hpp"

#include <memory>
#include <string>

namespace patio::http::detail {

/// **Source** RFC 9112.
class http1_exchange final : public exchange {
public:
    explicit http1_exchange(std::unique_ptr<http1_connection> on) noexcept
        : connection_{std::move(on)}, is_on_kept_{connection_->has_served} {}
    ~http1_exchange() override;

    async<> send_head(const outgoing_head& head, byte_view content) override;
    async<> send_body(byte_view piece) override;
    async<> send_end() override;
    async<> receive_head(response& into) override;
    [[nodiscard]] incoming_body body() const noexcept override { return body_; }
    async<std::size_t> receive_body(byte_span target) override;
    [[nodiscard]] std::optional<std::string> take_arrived_body() override;
    [[nodiscard]] const headers* trailers() const noexcept override {
        return trailers_.empty() ? nullptr : &trailers_;
    }
    [[nodiscard]] stream take_connection() override;
    [[nodiscard]] bool is_on_kept_connection() const noexcept override { return is_on_kept_; }
    [[nodiscard]] bool is_unanswered() const noexcept override { return !is_answered_; }

private:
    [[nodiscard]] bool has_gone_on(wire::http::event met);
    void note_head(response& into);
    void end() noexcept;

    std::unique_ptr<http1_connection> connection_;  // null once it was given back
    byte_view piece_;                               // of the body, taken and not delivered
    incoming_body body_;
    headers trailers_;
    const bool is_on_kept_;
    bool is_chunked_ = false;    // the request's body
    bool is_sent_ = false;       // the request is complete
    bool may_be_kept_ = false;   // what both heads say
    bool is_answered_ = false;   // some byte has come
    bool is_head_read_ = false;  // the real one
    bool is_at_end_ = false;     // of the response
    bool is_other_protocol_ = false;
};

}  // namespace patio::http::detail
