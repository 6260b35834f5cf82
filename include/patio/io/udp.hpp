// SPDX-License-Identifier: MIT
#pragma once

// Datagrams: UDP, and the Unix sockets that keep messages apart.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/io/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace patio {

namespace detail {
struct datagram_socket;
}

/// How a datagram socket is made. Each setter changes one thing and returns the object.
class PATIO_EXPORT udp_options {
public:
    udp_options() noexcept = default;

    /// Where a connected socket is bound: an address of this machine, with port 0 for any. A Unix
    /// socket that expects answers needs a name.
    udp_options& local(endpoint from) {
        local_ = std::move(from);
        return *this;
    }
    /// Lets several sockets be bound to one port (SO_REUSEPORT): the kernel spreads the datagrams
    /// over them, those of one sender always to the same one.
    udp_options& reuse_port() noexcept {
        reuse_port_ = true;
        return *this;
    }
    /// Keeps a socket that is bound to `[::]` to IPv6; else it takes IPv4 datagrams too.
    udp_options& only_v6() noexcept {
        only_v6_ = true;
        return *this;
    }
    /// Lets it send to broadcast addresses; without this the kernel says permission_denied.
    udp_options& broadcast() noexcept {
        broadcast_ = true;
        return *this;
    }
    /// How many bytes the kernel keeps until they are received; what comes on top is lost. The
    /// kernel doubles it for its own needs and cuts it to net.core.rmem_max.
    udp_options& receive_buffer_bytes(int count) noexcept {
        receive_buffer_bytes_ = count;
        return *this;
    }
    /// How many bytes wait for the network before a sender waits; cut to net.core.wmem_max.
    udp_options& send_buffer_bytes(int count) noexcept {
        send_buffer_bytes_ = count;
        return *this;
    }
    /// Receives what is sent to a multicast group, too; may be said several times. Several programs
    /// may then be bound to the same port, and each gets everything (SO_REUSEADDR).
    udp_options& join(const ip_address& group) {
        groups_.push_back(group);
        return *this;
    }
    /// The interface, by its index, that groups are joined and multicasts are sent on. The kernel
    /// chooses by its routes without it.
    udp_options& multicast_interface(std::uint32_t index) noexcept {
        multicast_interface_ = index;
        return *this;
    }

private:
    friend struct detail::datagram_socket;
    std::optional<endpoint> local_;
    bool reuse_port_ = false;
    bool only_v6_ = false;
    bool broadcast_ = false;
    int receive_buffer_bytes_ = 0;  // 0: the system's
    int send_buffer_bytes_ = 0;
    std::vector<ip_address> groups_;
    std::uint32_t multicast_interface_ = 0;
};

/// What `udp_socket::receive` gives.
struct datagram {
    /// How many bytes are in the caller's memory. A datagram may have none.
    std::size_t size = 0;
    /// Who has sent it.
    endpoint from;
    /// Whether it was longer than that memory; the rest is lost.
    bool is_truncated = false;
};

/// Where `udp_socket::receive_many` puts one datagram.
struct inbound_datagram {
    inbound_datagram() noexcept = default;
    explicit inbound_datagram(byte_span target_) noexcept : target{target_} {}

    /// Memory of the caller's.
    byte_span target;
    /// What came, once `receive_many` has returned.
    datagram received;
};

/// One of those that `udp_socket::send_many` sends.
struct outbound_datagram {
    outbound_datagram() noexcept = default;
    /// To the peer of a connected socket.
    explicit outbound_datagram(byte_view bytes_) noexcept : bytes{bytes_} {}
    outbound_datagram(byte_view bytes_, endpoint to_) : bytes{bytes_}, to{std::move(to_)} {}

    byte_view bytes;
    std::optional<endpoint> to;
};

/// A socket that sends and receives datagrams.
///
/// ```
/// auto socket = patio::udp_socket::bind(patio::endpoint::parse("127.0.0.1:0"));
/// char memory[1500];
/// patio::datagram got = co_await socket.receive(memory);
/// co_await socket.send_to(patio::byte_view{memory, got.size}, got.from);
/// ```
///
/// Endpoints of Unix sockets make Unix datagram sockets. There nothing is lost: a connected sender
/// waits while its receiver's queue is full.
///
/// One task may receive while another one sends. A second one that receives at the same time, or a
/// second one that sends, fails with usage_error, and the first one goes on.
///
/// **Owns** the socket; closing it, or the destructor, also removes the file of a Unix socket, if
/// it is still the one that was made here.
/// **Fails** every operation: with `errc::closed` if the socket is closed, also while this waits;
/// with what the system says. A connected socket also hears, by ICMP, what became of earlier
/// datagrams: the next operation, whichever it is, fails with std::errc::connection_refused or the
/// like, has itself neither sent nor received anything, and the socket can be used as before.
/// **Cancel** no datagram is lost: what has not been received is received next.
/// **Threads** those of its loop.
/// **Source** asyncio's datagram endpoints; udp(7), ip(7), unix(7).
class PATIO_EXPORT udp_socket {
public:
    /// One that is closed.
    udp_socket() noexcept;
    udp_socket(udp_socket&& other) noexcept;
    udp_socket& operator=(udp_socket&& other) noexcept;
    ~udp_socket();

    /// One that receives from everybody who sends to `at`, and sends to anybody. Port 0 lets the
    /// kernel choose one. The file of a Unix socket that nobody has open any more is replaced.
    ///
    /// **Suspends** never. **Fails** with `patio::error` that names the endpoint; with usage_error
    /// outside of a running loop.
    [[nodiscard]] static udp_socket bind(const endpoint& at, udp_options options = {});
    /// One that sends to `to` and receives from there only. Nothing is sent by this: whether there
    /// is somebody shows later.
    ///
    /// **Suspends** never. **Fails** as `bind` does; for Unix sockets also if nobody is there.
    [[nodiscard]] static udp_socket connect(const endpoint& to, udp_options options = {});

    /// Waits for a datagram. An empty one is a datagram as well, and not an end.
    /// **Borrows** the memory until it returns.
    [[nodiscard("the bytes mean nothing without their size")]] async<datagram> receive(
        byte_span target);
    /// Waits for a datagram and takes all others that are there, as far as there is room, in one
    /// system call; at most `batch_max`.
    ///
    /// **Borrows** the slots and their memory until it returns. **Returns** how many came, at least
    /// one; 0 if there are no slots. **Source** recvmmsg(2).
    [[nodiscard("slots mean nothing without their count")]] async<std::size_t> receive_many(
        std::span<inbound_datagram> into);

    /// Sends to the peer of a connected socket.
    ///
    /// **Suspends** while the kernel has no room. **Borrows** the bytes until it returns.
    /// **Fails** also with std::errc::message_size if they are too many for one datagram; with
    /// std::errc::destination_address_required if the socket is not connected.
    /// **Cancel** it has not been sent.
    async<> send(byte_view bytes);
    /// Sends to whom it may concern.
    ///
    /// **Fails** also with std::errc::no_buffer_space if `to` is a Unix socket whose queue is full:
    /// the kernel would not tell when there is room again. Connected sockets wait.
    async<> send_to(byte_view bytes, endpoint to);
    /// Sends several, `batch_max` in one system call. If one fails, those behind it are not sent;
    /// it only throws if that was the first one: to hear why, send the rest.
    ///
    /// **Borrows** the datagrams and their bytes until it returns.
    /// **Returns** how many have been sent. **Cancel** any number of them has been, from the first
    /// one on. **Source** sendmmsg(2).
    [[nodiscard("fewer than all may have been sent")]] async<std::size_t> send_many(
        std::span<const outbound_datagram> all);
    static constexpr std::size_t batch_max = 64;

    /// Where it is bound, with the port that the kernel has chosen.
    /// **Fails** with `errc::closed`.
    [[nodiscard]] endpoint local_endpoint() const;
    /// Whom it is connected to; empty if it is not. **Fails** with `errc::closed`.
    [[nodiscard]] std::optional<endpoint> peer_endpoint() const;
    void close() noexcept;
    [[nodiscard]] bool is_closed() const noexcept;
    /// The descriptor, or -1.
    [[nodiscard]] int native_handle() const noexcept;

private:
    explicit udp_socket(std::shared_ptr<detail::datagram_socket> socket) noexcept;

    // Shared with the operations that wait, which may outlive this object.
    std::shared_ptr<detail::datagram_socket> socket_;
};

}  // namespace patio
