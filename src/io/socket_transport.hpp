// SPDX-License-Identifier: MIT
#pragma once

// Streams over connected sockets: TCP and Unix.

#include "file_transport.hpp"

#include <patio/core/stream.hpp>
#include <patio/io/endpoint.hpp>

namespace patio::detail {

/// Carries a stream over one connected, non-blocking socket.
class socket_transport final : public file_transport {
public:
    explicit socket_transport(open_file socket) noexcept : socket_{std::move(socket)} {}

    async<std::size_t> read_some(byte_span target) override;
    std::size_t read_now(byte_span target) override;
    std::size_t write_now(byte_view bytes) override;
    async<> write(byte_views parts) override { return send_all(parts, nullptr); }
    async<> write_counted(byte_views parts, std::size_t& taken) override {
        taken = 0;
        return send_all(parts, &taken);
    }
    async<> shutdown() override;
    async<> close() override;
    void abort() noexcept override { socket_.close(); }
    bool watch_end(end_watch* watch) noexcept override;
    [[nodiscard]] int native_handle() const noexcept override { return socket_.fd(); }
    [[nodiscard]] const open_file& input() const noexcept override { return socket_; }
    [[nodiscard]] const open_file& output() const noexcept override { return socket_; }

private:
    async<> send_all(byte_views parts, std::size_t* taken);

    open_file socket_;
};

/// What short reads mean from connections to such an address.
[[nodiscard]] short_reads short_reads_of(const endpoint& at) noexcept;

/// A stream over a connected socket that does not block.
[[nodiscard]] stream stream_over(file_descriptor connected, stream_limits limits,
                                 short_reads on_short_read);

/// The socket under a stream, below any encryption. **Fails** with usage_error if there is none, or
/// the stream is closed.
[[nodiscard]] const open_file& socket_of(const stream& over);

}  // namespace patio::detail
