// SPDX-License-Identifier: MIT
#pragma once

// What a udp_socket owns, and the system calls on it.

#include "open_file.hpp"
#include "socket_address.hpp"
#include "socket_file.hpp"

#include <patio/io/udp.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace patio::detail {

struct datagram_socket {
    /// Bound to `at`, or, if that is null, wherever the options say; connected to `to` if that is
    /// not null.
    datagram_socket(const endpoint* at, const endpoint* to, const udp_options& options);
    datagram_socket(const datagram_socket&) = delete;
    datagram_socket& operator=(const datagram_socket&) = delete;

    void close() noexcept {
        file.remove();
        socket.close();
    }

    open_file socket;
    socket_file file;
    std::optional<endpoint> peer;
    bool is_receiving = false;
    bool is_sending = false;

private:
    static void apply(const file_descriptor& made, const endpoint& of, const udp_options& options,
                      const std::string& doing);
};

/// recvfrom(2) of one datagram.
class receive_datagram_call {
public:
    receive_datagram_call(byte_span target, socket_address& from) noexcept
        : target_{target}, from_{from} {}
    /// **Returns** the datagram's own size, which may be more than there was room for.
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    byte_span target_;
    socket_address& from_;
};

/// recvmmsg(2). **Returns** how many came.
class receive_batch_call {
public:
    explicit receive_batch_call(std::span<inbound_datagram> into) noexcept : into_{into} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    std::span<inbound_datagram> into_;
};

/// send(2) or sendto(2) of one datagram; no SIGPIPE.
class send_datagram_call {
public:
    /// `to`: null for the peer of a connected socket.
    send_datagram_call(byte_view bytes, const socket_address* to) noexcept
        : bytes_{bytes}, to_{to} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    byte_view bytes_;
    const socket_address* to_;
};

/// sendmmsg(2). **Returns** how many were sent.
class send_batch_call {
public:
    explicit send_batch_call(std::span<const outbound_datagram> all) noexcept : all_{all} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    std::span<const outbound_datagram> all_;
};

}  // namespace patio::detail
