// SPDX-License-Identifier: MIT

#include "datagram_socket.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace patio::detail {

namespace {

template <class T>
void set_option(const file_descriptor& socket, int level, int option, const T& value,
                const std::string& doing) {
    if (::setsockopt(socket.value(), level, option, &value, sizeof value) != 0) {
        throw error::from_errno(errno, doing);
    }
}

void join(const file_descriptor& socket, const ip_address& group, std::uint32_t interface_index,
          const std::string& doing) {
    if (group.is_v4()) {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, group.data(), group.size());
        request.imr_ifindex = static_cast<int>(interface_index);
        set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, request, doing);
    } else {
        ipv6_mreq request{};
        std::memcpy(&request.ipv6mr_multiaddr, group.data(), group.size());
        request.ipv6mr_interface = group.scope_id() != 0 ? group.scope_id() : interface_index;
        set_option(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, request, doing);
    }
}

void send_multicasts_on(const file_descriptor& socket, bool is_v6, std::uint32_t interface_index,
                        const std::string& doing) {
    const int index = static_cast<int>(interface_index);
    if (is_v6) {
        set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index, doing);
    } else {
        ip_mreqn request{};
        request.imr_ifindex = index;
        set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, request, doing);
    }
}

/// The datagram has been taken: that there is no memory for a Unix socket's name must not lose it.
endpoint endpoint_or_none(const socket_address& from) noexcept {
    try {
        return from.to_endpoint();
    } catch (const std::bad_alloc&) {
        return {};
    }
}

/// The kernel only reads what it is given to send; its structures serve both directions.
template <class T>
T* not_written_to(const T* read_only) noexcept {
    return const_cast<T*>(read_only);
}

/// A Unix socket's EAGAIN has two reasons: its own buffer is full, which its poll tells; or the
/// receiver's queue is, which only a connected socket's poll does. Nobody would wake the waiter.
bool is_full_elsewhere(int fd) noexcept {
    pollfd query{};
    query.fd = fd;
    query.events = POLLOUT;
    return ::poll(&query, 1, 0) > 0 && (query.revents & POLLOUT) != 0;
}

}  // namespace

void datagram_socket::apply(const file_descriptor& made, const endpoint& of,
                            const udp_options& options, const std::string& doing) {
    const int on = 1;
    const bool is_v6 = of.is_ip() && of.address().is_v6();
    if (options.reuse_port_) set_option(made, SOL_SOCKET, SO_REUSEPORT, on, doing);
    if (options.broadcast_) set_option(made, SOL_SOCKET, SO_BROADCAST, on, doing);
    if (is_v6) {
        const int only = options.only_v6_ ? 1 : 0;  // the system's default may be either
        set_option(made, IPPROTO_IPV6, IPV6_V6ONLY, only, doing);
    }
    if (options.receive_buffer_bytes_ > 0) {
        set_option(made, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes_, doing);
    }
    if (options.send_buffer_bytes_ > 0) {
        set_option(made, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes_, doing);
    }
    if (options.multicast_interface_ != 0) {
        send_multicasts_on(made, is_v6, options.multicast_interface_, doing);
    }
    if (!options.groups_.empty()) set_option(made, SOL_SOCKET, SO_REUSEADDR, on, doing);
    for (const ip_address& group : options.groups_)
        join(made, group, options.multicast_interface_, doing);
}

datagram_socket::datagram_socket(const endpoint* at, const endpoint* to,
                                 const udp_options& options) {
    const endpoint& named = at != nullptr ? *at : *to;
    const std::string doing =
        (at != nullptr ? "binding a datagram socket to " : "connecting a datagram socket to ") +
        named.to_string();
    if (at == nullptr && options.local_) at = &*options.local_;
    const socket_address address{named};
    file_descriptor made{::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made) throw error::from_errno(errno, doing);
    apply(made, named, options, doing);
    if (at != nullptr) file = socket_file::bind(made, *at, SOCK_DGRAM, doing);
    if (to != nullptr) {
        if (::connect(made.value(), address.data(), address.length) != 0) {
            throw error::from_errno(errno, doing);
        }
        peer = *to;
    }
    socket = open_file{std::move(made)};
}

// --- the system calls

std::int64_t receive_datagram_call::operator()(const fd_state& file) const noexcept {
    from_.length = sizeof from_.storage;
    return or_errno(::recvfrom(file.fd, target_.data(), target_.size(), MSG_DONTWAIT | MSG_TRUNC,
                               from_.data(), &from_.length));
}

std::int64_t receive_batch_call::operator()(const fd_state& file) const noexcept {
    mmsghdr headers[udp_socket::batch_max];
    iovec vectors[udp_socket::batch_max];
    socket_address senders[udp_socket::batch_max];
    const std::size_t room = std::min(into_.size(), udp_socket::batch_max);
    for (std::size_t i = 0; i < room; ++i) {
        vectors[i].iov_base = into_[i].target.data();
        vectors[i].iov_len = into_[i].target.size();
        headers[i] = {};
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_name = senders[i].data();
        headers[i].msg_hdr.msg_namelen = senders[i].length;
    }
    const std::int64_t count =
        or_errno(::recvmmsg(file.fd, headers, static_cast<unsigned>(room), MSG_DONTWAIT, nullptr));
    for (std::int64_t i = 0; i < count; ++i) {
        datagram& received = into_[static_cast<std::size_t>(i)].received;
        received.size = headers[i].msg_len;
        received.is_truncated = (headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        senders[i].length = headers[i].msg_hdr.msg_namelen;
        received.from = endpoint_or_none(senders[i]);
    }
    return count;
}

std::int64_t send_datagram_call::operator()(const fd_state& file) const noexcept {
    const std::int64_t result = or_errno(
        ::sendto(file.fd, bytes_.data(), bytes_.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                 to_ != nullptr ? to_->data() : nullptr, to_ != nullptr ? to_->length : 0));
    if (result == -EAGAIN && to_ != nullptr && to_->family() == AF_UNIX &&
        is_full_elsewhere(file.fd)) {
        return -ENOBUFS;
    }
    return result;
}

std::int64_t send_batch_call::operator()(const fd_state& file) const noexcept {
    mmsghdr headers[udp_socket::batch_max];
    iovec vectors[udp_socket::batch_max];
    socket_address receivers[udp_socket::batch_max];
    const std::size_t count = std::min(all_.size(), udp_socket::batch_max);
    for (std::size_t i = 0; i < count; ++i) {
        vectors[i].iov_base = not_written_to(all_[i].bytes.data());
        vectors[i].iov_len = all_[i].bytes.size();
        headers[i] = {};
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        if (!all_[i].to) continue;
        receivers[i] = socket_address{*all_[i].to};
        headers[i].msg_hdr.msg_name = receivers[i].data();
        headers[i].msg_hdr.msg_namelen = receivers[i].length;
    }
    const std::int64_t sent = or_errno(
        ::sendmmsg(file.fd, headers, static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL));
    const bool is_unix = all_[0].to && all_[0].to->is_unix();
    return sent == -EAGAIN && is_unix && is_full_elsewhere(file.fd) ? -ENOBUFS : sent;
}

}  // namespace patio::detail
