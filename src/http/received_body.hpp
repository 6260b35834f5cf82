// SPDX-License-Identifier: MIT
#pragma once

// The bodies of responses, as they come, and with their codings taken off.

#include "client_call.hpp"
#include "coding.hpp"
#include "exchange.hpp"

#include <patio/base/duration.hpp>
#include <patio/http/body.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

namespace patio::http::detail {

/// Reads from a connection. It owns the exchange: at the end, or with the body, the connection goes
/// back to where it belongs.
class received_body final : public body_source {
public:
    received_body(std::unique_ptr<exchange> from, std::shared_ptr<client_call> of,
                  duration read_timeout) noexcept
        : exchange_{std::move(from)},
          call_{std::move(of)},
          read_timeout_{read_timeout},
          length_{exchange_->body().length} {}

    async<std::size_t> read_some(byte_span target) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override { return length_; }
    [[nodiscard]] const headers* trailers() const noexcept override {
        return exchange_ != nullptr ? exchange_->trailers() : nullptr;
    }

private:
    std::unique_ptr<exchange> exchange_;  // null once it has failed
    std::shared_ptr<client_call> call_;
    duration read_timeout_;
    std::optional<std::uint64_t> length_;
    std::exception_ptr failure_;
};

/// Takes the codings off another body.
class decoded_body final : public body_source {
public:
    decoded_body(std::unique_ptr<body_source> coded, const coding_list& codings,
                 std::size_t decoded_bytes_max, std::shared_ptr<client_call> of);

    async<std::size_t> read_some(byte_span target) override;
    [[nodiscard]] const headers* trailers() const noexcept override { return coded_->trailers(); }

private:
    static constexpr std::size_t input_bytes = std::size_t{16} << 10;

    [[noreturn]] void fail() const;
    async<> fill();

    std::unique_ptr<body_source> coded_;
    decoder decoder_;
    std::size_t decoded_bytes_max_;
    std::shared_ptr<client_call> call_;
    std::unique_ptr<std::byte[]> input_;
    byte_view rest_;  // a part of `input_`
    bool is_input_over_ = false;
    bool is_at_end_ = false;
};

}  // namespace patio::http::detail
