// SPDX-License-Identifier: MIT
#pragma once

// What the connections of one server have in common.

#include "../wire_http/limits.hpp"
#include "address_book.hpp"

#include <patio/base/duration.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/serve_options.hpp>
#include <patio/io/server.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace patio::http::detail {

class server_connection;

/// The options, for those who may read them.
struct serve_settings {
    explicit serve_settings(const serve_options& options) noexcept : all{options} {}

    [[nodiscard]] patio::serve_options transport() const {
        patio::serve_options lower;
        lower.connections_max(all.connections_max_).grace(all.grace_).listening(all.listening_);
        if (all.layer_ != nullptr) lower.tls(*all.layer_);
        return lower;
    }
    [[nodiscard]] wire::http::limits parsing() const noexcept {
        wire::http::limits bounds;
        bounds.start_line_bytes_max = all.start_line_bytes_max_;
        bounds.header_bytes_max = all.header_bytes_max_;
        bounds.header_count_max = all.header_count_max_;
        return bounds;
    }
    [[nodiscard]] address_limits addresses() const noexcept {
        return {all.connections_per_address_max_, all.request_rate_max_, all.request_burst_max_};
    }
    [[nodiscard]] const listen_options& listening() const noexcept { return all.listening_; }
    [[nodiscard]] bool is_secure() const noexcept { return all.layer_ != nullptr; }
    [[nodiscard]] bool serves_half_closed() const noexcept { return all.serves_half_closed_; }
    [[nodiscard]] duration idle_timeout() const noexcept { return all.idle_timeout_; }
    [[nodiscard]] duration header_timeout() const noexcept { return all.header_timeout_; }
    [[nodiscard]] duration grace() const noexcept { return all.grace_; }
    [[nodiscard]] event* stop_on() const noexcept { return all.stop_on_; }
    [[nodiscard]] std::uint64_t body_bytes_max() const noexcept { return all.body_bytes_max_; }
    /// By when so much of a body must have come, or been taken, that was begun then.
    [[nodiscard]] time_point body_deadline(time_point begun, std::uint64_t bytes) const noexcept {
        return begun + all.body_timeout_ + time_for(bytes);
    }
    [[nodiscard]] time_point write_deadline(time_point begun, std::uint64_t bytes) const noexcept {
        return begun + all.write_timeout_ + time_for(bytes);
    }

private:
    [[nodiscard]] duration time_for(std::uint64_t bytes) const noexcept {
        constexpr std::uint64_t milliseconds = 1000;
        const std::uint64_t length =
            bytes / all.transfer_rate_min_ * milliseconds +
            bytes % all.transfer_rate_min_ * milliseconds / all.transfer_rate_min_;
        return duration::milliseconds(static_cast<std::int64_t>(length));
    }

    serve_options all;
};

/// One server on one loop. Its connections keep it.
class server_core {
public:
    server_core(std::unique_ptr<handler> root, const serve_options& options)
        : root_{std::move(root)}, settings_{options}, addresses_{settings_.addresses()} {}

    [[nodiscard]] handler& root() noexcept { return *root_; }
    [[nodiscard]] const serve_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] address_book& addresses() noexcept { return addresses_; }
    [[nodiscard]] bool is_stopping() const noexcept { return is_stopping_; }

    /// Answers no request that has not begun: idle connections end at once, the others behind their
    /// answer.
    void stop() noexcept;

    void enter(server_connection& each) noexcept;
    void leave(server_connection& each) noexcept;

private:
    std::unique_ptr<handler> root_;
    serve_settings settings_;
    address_book addresses_;
    server_connection* first_ = nullptr;  // a doubly linked list of those that are open
    bool is_stopping_ = false;
};

/// Serves one connection to its end. **Cancel** it is closed.
[[nodiscard]] async<> serve_connection(std::shared_ptr<server_core> core, stream peer);

}  // namespace patio::http::detail
