// SPDX-License-Identifier: MIT
#pragma once

// What an HTTP server takes from its clients, and for how long it waits for them.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/stream_layer.hpp>
#include <patio/io/listener.hpp>

#include <cstddef>
#include <cstdint>

namespace patio {
class event;
}

namespace patio::http {

namespace detail {
struct serve_settings;
}

/// How an HTTP server behaves. Each setter changes one thing and returns the object.
///
/// Every limit is on by default but for those of single addresses, behind which may be many people.
/// What a client exceeds is answered with the status of that limit, where an answer is possible,
/// and ends its connection.
class PATIO_EXPORT serve_options {
public:
    serve_options() noexcept = default;

    // --- connections

    /// At most this many at a time; more wait in the kernel. 10,000 by default.
    serve_options& connections_max(std::size_t count) noexcept {
        connections_max_ = count;
        return *this;
    }
    /// At most this many from one address: others are closed at once. No limit by default.
    serve_options& connections_per_address_max(std::size_t count) noexcept {
        connections_per_address_max_ = count;
        return *this;
    }
    /// Requests per second from one address, with that many at once: 429. No limit by default.
    serve_options& requests_per_second_max(double rate, std::size_t burst) noexcept {
        request_rate_max_ = rate;
        request_burst_max_ = burst;
        return *this;
    }
    /// How long a connection is kept without a request. 75 s by default.
    serve_options& idle_timeout(duration length) noexcept {
        idle_timeout_ = length;
        return *this;
    }
    /// How long requests may be answered after a stop before they are cancelled. 5 s by default.
    serve_options& grace(duration length) noexcept {
        grace_ = length;
        return *this;
    }
    /// Stops when this is set, as `server::stop()` does. **Borrows** it until the serving has
    /// ended.
    serve_options& stop_on(event& requested) noexcept {
        stop_on_ = &requested;
        return *this;
    }
    /// Encrypts every connection. **Borrows** the layer until the serving has ended.
    serve_options& tls(const stream_layer& layer) noexcept {
        layer_ = &layer;
        return *this;
    }
    /// How the sockets are made.
    serve_options& listening(listen_options options) noexcept {
        listening_ = options;
        return *this;
    }
    /// Clients that end their half of the connection behind a request still get its answer, however
    /// long it takes. By default they count as gone once the handler waits for something.
    serve_options& serve_half_closed() noexcept {
        serves_half_closed_ = true;
        return *this;
    }

    // --- requests

    /// The first line, without its end: 414, or 400. 8 KiB by default.
    serve_options& start_line_bytes_max(std::size_t count) noexcept {
        start_line_bytes_max_ = count;
        return *this;
    }
    /// All header fields: 431. 32 KiB by default.
    serve_options& header_bytes_max(std::size_t count) noexcept {
        header_bytes_max_ = count;
        return *this;
    }
    /// How many header fields: 431. 128 by default.
    serve_options& header_count_max(std::size_t count) noexcept {
        header_count_max_ = count;
        return *this;
    }
    /// From the first byte of a request to the end of its head: 408. 20 s by default.
    serve_options& header_timeout(duration length) noexcept {
        header_timeout_ = length;
        return *this;
    }
    /// A request's body: 413. 16 MiB by default.
    serve_options& body_bytes_max(std::uint64_t count) noexcept {
        body_bytes_max_ = count;
        return *this;
    }
    /// How long a handler that reads a body waits for it in all, and a second more for each
    /// `transfer_rate_min` bytes that have come: 408. 30 s by default.
    serve_options& body_timeout(duration length) noexcept {
        body_timeout_ = length;
        return *this;
    }
    /// How long the client may take for a response in all, and a second more for each
    /// `transfer_rate_min` bytes that it has taken. Waiting for what is to be sent does not count.
    /// 60 s by default.
    serve_options& write_timeout(duration length) noexcept {
        write_timeout_ = length;
        return *this;
    }
    /// Bytes per second. Slower clients are cut off by the two limits before. 500 by default.
    serve_options& transfer_rate_min(std::uint64_t bytes_per_second) noexcept {
        transfer_rate_min_ = bytes_per_second > 0 ? bytes_per_second : 1;
        return *this;
    }

private:
    friend struct detail::serve_settings;
    std::size_t connections_max_ = 10'000;
    std::size_t connections_per_address_max_ = 0;
    double request_rate_max_ = 0;
    std::size_t request_burst_max_ = 0;
    duration idle_timeout_ = duration::seconds(75);
    duration grace_ = duration::seconds(5);
    event* stop_on_ = nullptr;
    const stream_layer* layer_ = nullptr;
    listen_options listening_;
    bool serves_half_closed_ = false;
    std::size_t start_line_bytes_max_ = std::size_t{8} << 10;
    std::size_t header_bytes_max_ = std::size_t{32} << 10;
    std::size_t header_count_max_ = 128;
    duration header_timeout_ = duration::seconds(20);
    std::uint64_t body_bytes_max_ = std::uint64_t{16} << 20;
    duration body_timeout_ = duration::seconds(30);
    duration write_timeout_ = duration::seconds(60);
    std::uint64_t transfer_rate_min_ = 500;
};

}  // namespace patio::http
