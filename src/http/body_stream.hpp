// SPDX-License-Identifier: MIT
#pragma once

// A body as what carries a stream.

#include <patio/core/error.hpp>
#include <patio/core/transport.hpp>
#include <patio/http/body.hpp>

#include <utility>

namespace patio::http::detail {

/// Gives the bytes of a body; nothing can be written.
class body_transport final : public transport {
public:
    explicit body_transport(body of) noexcept : body_{std::move(of)} {}

    async<std::size_t> read_some(byte_span target) override {
        if (is_closed_) throw error{errc::closed, "reading a body"};
        auto reading = body_.read_some(target);
        const std::size_t count = co_await std::move(reading);
        co_return count;
    }
    async<> write(byte_views) override {
        throw error{errc::unsupported, "writing into a body that was received"};
        co_return;
    }
    async<> shutdown() override { co_return; }
    async<> close() override {
        abort();
        co_return;
    }
    void abort() noexcept override {
        is_closed_ = true;
        body_ = {};
    }

private:
    body body_;
    bool is_closed_ = false;
};

}  // namespace patio::http::detail
