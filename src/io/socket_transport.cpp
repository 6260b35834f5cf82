// SPDX-License-Identifier: MIT

#include "socket_transport.hpp"

#include "socket_address.hpp"
#include "stream_calls.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/io/socket_info.hpp>

#include <memory>

namespace patio {
namespace detail {

async<std::size_t> socket_transport::read_some(byte_span target) {
    file_operation receiving{socket_, fd_direction::in, receive_call{target}};
    const std::int64_t count = co_await std::move(receiving);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "reading from a socket");
    co_return static_cast<std::size_t>(count);
}

async<> socket_transport::send_all(byte_views parts, std::size_t* taken) {
    gather_position position{parts};
    while (!position.is_at_end()) {
        file_operation sending{socket_, fd_direction::out, send_call{position}};
        const std::int64_t count = co_await std::move(sending);
        if (count < 0) throw error::from_errno(static_cast<int>(-count), "writing to a socket");
        position.advance(static_cast<std::size_t>(count));
        if (taken != nullptr) *taken += static_cast<std::size_t>(count);
    }
}

async<> socket_transport::shutdown() {
    // ENOTCONN: the peer has reset the connection, which is more than what was asked for.
    if (::shutdown(socket_.state().fd, SHUT_WR) != 0 && errno != ENOTCONN) {
        throw error::from_errno(errno, "ending a socket's output");
    }
    co_return;
}

async<> socket_transport::close() {
    socket_.close();
    co_return;
}

stream stream_over(file_descriptor connected, stream_limits limits, bool is_tcp) {
    open_file socket{std::move(connected)};
    socket.state().is_emptied_by_short_reads = is_tcp;
    return stream{std::make_unique<socket_transport>(std::move(socket)), limits};
}

const open_file& socket_of(const stream& over) {
    transport* layer = over.carrier();
    while (layer != nullptr && layer->next_layer() != nullptr)
        layer = layer->next_layer();
    const auto* bottom = dynamic_cast<socket_transport*>(layer);
    if (bottom == nullptr) throw usage_error{"this stream is closed, or not over a socket"};
    return bottom->input();
}

}  // namespace detail

namespace {

/// getpeername(2) or getsockname(2).
endpoint ask(const stream& of, int (*name)(int, sockaddr*, socklen_t*), const char* doing) {
    const int fd = detail::socket_of(of).fd();
    detail::socket_address address;
    if (name(fd, address.data(), &address.length) != 0) throw error::from_errno(errno, doing);
    return address.to_endpoint();
}

}  // namespace

endpoint peer_endpoint(const stream& of) {
    return ask(of, &::getpeername, "asking for a connection's other end");
}
endpoint local_endpoint(const stream& of) {
    return ask(of, &::getsockname, "asking for a connection's own end");
}

}  // namespace patio
