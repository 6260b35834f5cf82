// SPDX-License-Identifier: MIT

#include <patio/io/listener.hpp>

#include "core/exclusive_claim.hpp"
#include "listening_socket.hpp"
#include "socket_address.hpp"
#include "socket_transport.hpp"

#include <patio/core/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace patio {
namespace detail {

namespace {

void switch_on(const file_descriptor& socket, int level, int option) noexcept {
    const int on = 1;
    ::setsockopt(socket.value(), level, option, &on, sizeof on);
}

/// What accept(2) says of a connection that has gone again: not of us, so the next one is taken.
bool is_of_that_connection(std::int64_t error) noexcept {
    switch (error) {
        case ECONNABORTED:
        case ENETDOWN:
        case EPROTO:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
        case EPERM:  // a firewall's rule
            return true;
        default:
            return false;
    }
}

/// accept4(2).
class accept_call {
public:
    std::int64_t operator()(const fd_state& file) const noexcept {
        return or_errno(::accept4(file.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    }
};

/// A connection that was accepted and is not owned yet: a cancellation closes it.
async<file_descriptor> accept_one(const open_file& at) {
    for (;;) {
        file_operation accepting{at, fd_direction::in, accept_call{}};
        const std::int64_t fd = co_await std::move(accepting);
        if (fd >= 0) co_return file_descriptor{static_cast<int>(fd)};
        if (!is_of_that_connection(-fd)) {
            throw error::from_errno(static_cast<int>(-fd), "accepting a connection");
        }
    }
}

async<stream> accept_of(std::shared_ptr<listening_socket> from, stream_limits limits) {
    if (from == nullptr) throw_closed();
    const exclusive_claim claim{from->is_accepting,
                                "two tasks accept from one listener: use serve()"};
    file_descriptor accepted = co_await accept_one(from->socket);
    if (from->local.is_ip()) switch_on(accepted, IPPROTO_TCP, TCP_NODELAY);
    co_return stream_over(std::move(accepted), limits, short_reads_of(from->local));
}

}  // namespace

listening_socket::listening_socket(const endpoint& at, const listen_options& options) {
    const std::string doing = "listening at " + at.to_string();
    file_descriptor made{
        ::socket(socket_address{at}.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made) throw error::from_errno(errno, doing);
    if (at.is_ip()) switch_on(made, SOL_SOCKET, SO_REUSEADDR);
    if (options.reuse_port_) switch_on(made, SOL_SOCKET, SO_REUSEPORT);
    if (options.only_v6_) switch_on(made, IPPROTO_IPV6, IPV6_V6ONLY);
    file_ = socket_file::bind(made, at, SOCK_STREAM, doing);
    if (::listen(made.value(), options.backlog_) != 0) throw error::from_errno(errno, doing);
    socket_address bound;
    ::getsockname(made.value(), bound.data(), &bound.length);
    local = bound.to_endpoint();
    socket = open_file{std::move(made)};
}

void listening_socket::close() noexcept {
    file_.remove();
    socket.close();
}

}  // namespace detail

listener::listener() noexcept = default;
listener::listener(std::shared_ptr<detail::listening_socket> socket) noexcept
    : socket_{std::move(socket)} {}
listener::listener(listener&& other) noexcept = default;
listener& listener::operator=(listener&& other) noexcept {
    if (this != &other) {
        close();
        socket_ = std::move(other.socket_);
    }
    return *this;
}
listener::~listener() { close(); }

listener listener::open(const endpoint& at, listen_options options) {
    return listener{std::make_shared<detail::listening_socket>(at, options)};
}

async<stream> listener::accept(stream_limits limits) { return detail::accept_of(socket_, limits); }

const endpoint& listener::local_endpoint() const {
    if (is_closed()) detail::throw_closed();
    return socket_->local;
}
void listener::close() noexcept {
    if (socket_ != nullptr) socket_->close();
}
bool listener::is_closed() const noexcept { return socket_ == nullptr || !socket_->socket; }
int listener::native_handle() const noexcept {
    return socket_ == nullptr ? -1 : socket_->socket.fd();
}

}  // namespace patio
