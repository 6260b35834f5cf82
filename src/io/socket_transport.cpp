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

namespace {

/// What a system call has moved. **Fails** with its error.
std::size_t moved(std::int64_t result, const char* doing) {
    if (result < 0) throw error::from_errno(static_cast<int>(-result), doing);
    return static_cast<std::size_t>(result);
}

constexpr const char* reading = "reading from a socket";
constexpr const char* writing = "writing to a socket";

}  // namespace

async<std::size_t> socket_transport::read_some(byte_span target) {
    file_operation receiving{socket_, fd_direction::in, receive_call{target}};
    const std::int64_t count = co_await std::move(receiving);
    co_return moved(count, reading);
}

std::size_t socket_transport::read_now(byte_span target) {
    file_operation receiving{socket_, fd_direction::in, receive_call{target}};
    return receiving.await_ready() ? moved(receiving.result(), reading) : not_now;
}

std::size_t socket_transport::write_now(byte_view bytes) {
    file_operation sending{socket_, fd_direction::out, send_one_call{bytes}};
    return sending.await_ready() ? moved(sending.result(), writing) : 0;
}

async<> socket_transport::send_all(byte_views parts, std::size_t* taken) {
    gather_position position{parts};
    while (!position.is_at_end()) {
        file_operation sending{socket_, fd_direction::out, send_call{position}};
        const std::int64_t count = co_await std::move(sending);
        const std::size_t sent = moved(count, writing);
        position.advance(sent);
        if (taken != nullptr) *taken += sent;
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

bool socket_transport::watch_end(end_watch* watch) noexcept {
    if (!socket_) return false;
    io_driver::watch_end(socket_.state(), watch);
    return true;
}

short_reads short_reads_of(const endpoint& at) noexcept {
    return at.is_ip() ? short_reads::mean_empty : short_reads::mean_empty_if_whole;
}

stream stream_over(file_descriptor connected, stream_limits limits, short_reads on_short_read) {
    open_file socket{std::move(connected)};
    socket.state().on_short_read = on_short_read;
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
