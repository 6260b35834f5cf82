// SPDX-License-Identifier: MIT

#include <patio/io/udp.hpp>

#include "core/exclusive_claim.hpp"
#include "datagram_socket.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <cerrno>

namespace patio {
namespace detail {

namespace {

datagram_socket& opened(const std::shared_ptr<datagram_socket>& socket) {
    if (socket == nullptr || !socket->socket) throw_closed();
    return *socket;
}

/// An operation that receives: open, and alone.
class receiving : exclusive_claim {
public:
    explicit receiving(const std::shared_ptr<datagram_socket>& socket)
        : exclusive_claim{opened(socket).is_receiving,
                          "two tasks receive from one udp_socket: each would get some"} {}
};

/// An operation that sends: open, and alone.
class sending : exclusive_claim {
public:
    explicit sending(const std::shared_ptr<datagram_socket>& socket)
        : exclusive_claim{opened(socket).is_sending, "two tasks send with one udp_socket"} {}
};

async<datagram> receive_of(std::shared_ptr<datagram_socket> on, byte_span target) {
    const receiving claim{on};
    socket_address from;
    file_operation operation{on->socket, fd_direction::in, receive_datagram_call{target, from}};
    const std::int64_t size = co_await std::move(operation);
    if (size < 0) throw error::from_errno(static_cast<int>(-size), "receiving a datagram");
    datagram received;
    received.size = std::min(static_cast<std::size_t>(size), target.size());
    received.is_truncated = static_cast<std::size_t>(size) > target.size();
    received.from = from.to_endpoint();
    co_return received;
}

async<std::size_t> receive_many_of(std::shared_ptr<datagram_socket> on,
                                   std::span<inbound_datagram> into) {
    const receiving claim{on};
    if (into.empty()) co_return std::size_t{0};
    file_operation operation{on->socket, fd_direction::in, receive_batch_call{into}};
    const std::int64_t count = co_await std::move(operation);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "receiving datagrams");
    co_return static_cast<std::size_t>(count);
}

async<> send_of(std::shared_ptr<datagram_socket> on, byte_view bytes) {
    const sending claim{on};
    file_operation operation{on->socket, fd_direction::out, send_datagram_call{bytes, nullptr}};
    const std::int64_t result = co_await std::move(operation);
    if (result < 0) throw error::from_errno(static_cast<int>(-result), "sending a datagram");
}

async<> send_to_of(std::shared_ptr<datagram_socket> on, byte_view bytes, endpoint to) {
    const sending claim{on};
    const socket_address address{to};
    file_operation operation{on->socket, fd_direction::out, send_datagram_call{bytes, &address}};
    const std::int64_t result = co_await std::move(operation);
    if (result < 0) {
        throw error::from_errno(static_cast<int>(-result),
                                "sending a datagram to " + to.to_string());
    }
}

async<std::size_t> send_many_of(std::shared_ptr<datagram_socket> on,
                                std::span<const outbound_datagram> all) {
    const sending claim{on};
    std::size_t sent = 0;
    while (sent < all.size()) {
        file_operation operation{on->socket, fd_direction::out, send_batch_call{all.subspan(sent)}};
        const std::int64_t count = co_await std::move(operation);
        if (count < 0 && sent == 0) {
            throw error::from_errno(static_cast<int>(-count), "sending datagrams");
        }
        if (count < 0) break;
        sent += static_cast<std::size_t>(count);
    }
    co_return sent;
}

}  // namespace
}  // namespace detail

udp_socket::udp_socket() noexcept = default;
udp_socket::udp_socket(std::shared_ptr<detail::datagram_socket> socket) noexcept
    : socket_{std::move(socket)} {}
udp_socket::udp_socket(udp_socket&& other) noexcept = default;
udp_socket& udp_socket::operator=(udp_socket&& other) noexcept {
    if (this != &other) {
        close();
        socket_ = std::move(other.socket_);
    }
    return *this;
}
udp_socket::~udp_socket() { close(); }

udp_socket udp_socket::bind(const endpoint& at, udp_options options) {
    return udp_socket{std::make_shared<detail::datagram_socket>(&at, nullptr, options)};
}
udp_socket udp_socket::connect(const endpoint& to, udp_options options) {
    return udp_socket{std::make_shared<detail::datagram_socket>(nullptr, &to, options)};
}

async<datagram> udp_socket::receive(byte_span target) {
    return detail::receive_of(socket_, target);
}
async<std::size_t> udp_socket::receive_many(std::span<inbound_datagram> into) {
    return detail::receive_many_of(socket_, into);
}
async<> udp_socket::send(byte_view bytes) { return detail::send_of(socket_, bytes); }
async<> udp_socket::send_to(byte_view bytes, endpoint to) {
    return detail::send_to_of(socket_, bytes, std::move(to));
}
async<std::size_t> udp_socket::send_many(std::span<const outbound_datagram> all) {
    return detail::send_many_of(socket_, all);
}

endpoint udp_socket::local_endpoint() const {
    const int fd = detail::opened(socket_).socket.state().fd;
    detail::socket_address address;
    if (::getsockname(fd, address.data(), &address.length) != 0) {
        throw error::from_errno(errno, "asking where a socket is bound");
    }
    return address.to_endpoint();
}
std::optional<endpoint> udp_socket::peer_endpoint() const { return detail::opened(socket_).peer; }
void udp_socket::close() noexcept {
    if (socket_ != nullptr) socket_->close();
}
bool udp_socket::is_closed() const noexcept { return socket_ == nullptr || !socket_->socket; }
int udp_socket::native_handle() const noexcept {
    return socket_ == nullptr ? -1 : socket_->socket.fd();
}

}  // namespace patio
