// SPDX-License-Identifier: MIT
#pragma once

// The body of a request that a server has received.

#include "server_connection.hpp"

#include <patio/core/error.hpp>
#include <patio/http/body.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace patio::http::detail {

/// Reads from the connection while the request is being answered. Whoever keeps it for longer gets
/// `errc::closed`.
class request_body final : public body_source {
public:
    request_body(std::shared_ptr<server_connection> from, std::optional<std::uint64_t> length)
        : from_{std::move(from)}, message_{from_->message()}, length_{length} {}

    async<std::size_t> read_some(byte_span target) override {
        if (from_->message() != message_) {
            throw error{errc::closed, "reading a request's body after the request was answered"};
        }
        auto reading = from_->read_body(target);
        const std::size_t count = co_await std::move(reading);
        co_return count;
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override { return length_; }
    [[nodiscard]] const headers* trailers() const noexcept override {
        return from_->message() == message_ ? from_->trailers() : nullptr;
    }

private:
    std::shared_ptr<server_connection> from_;
    std::uint64_t message_;
    std::optional<std::uint64_t> length_;
};

}  // namespace patio::http::detail
