// SPDX-License-Identifier: MIT

#include <patio/io/unix_descriptors.hpp>

#include "file_transport.hpp"
#include "socket_transport.hpp"

#include <patio/core/detail/stream_claim.hpp>
#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace patio {
namespace detail {

namespace {

constexpr std::size_t control_bytes_max = CMSG_SPACE(descriptors_max * sizeof(int));

bool is_unix_socket(int fd) noexcept {
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/// The Unix socket that carries a stream's bytes as they are.
const open_file& unix_socket_under(const stream_claim& claim) {
    // Other sockets ignore descriptors in silence.
    const auto* socket = dynamic_cast<const socket_transport*>(&claim.carrier());
    if (socket == nullptr || !is_unix_socket(socket->input().state().fd)) {
        throw error{errc::unsupported, "passing descriptors over what is not a Unix socket"};
    }
    return socket->input();
}

/// sendmsg(2) with SCM_RIGHTS: sends at least one byte, and the descriptors with it.
class send_descriptors_call {
public:
    send_descriptors_call(byte_view bytes, std::span<const int> open) noexcept
        : bytes_{bytes}, open_{open} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        // The kernel only reads what it is given to send; the structure serves both directions.
        iovec vector{const_cast<std::byte*>(bytes_.data()), bytes_.size()};
        alignas(cmsghdr) char control[control_bytes_max] = {};
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(open_.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(open_.size_bytes());
        std::memcpy(CMSG_DATA(header), open_.data(), open_.size_bytes());
        return or_errno(::sendmsg(file.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
    }

private:
    byte_view bytes_;
    std::span<const int> open_;
};

/// What has arrived, owned from the moment when it is in this process.
struct arrival {
    /// Made before the call, so that no lack of memory can lose what came.
    explicit arrival(std::size_t count_max) { descriptors.reserve(count_max); }

    std::vector<descriptor> descriptors;
    bool is_cut = false;
};

/// recvmsg(2) with room for descriptors.
class receive_descriptors_call {
public:
    receive_descriptors_call(byte_span target, std::size_t count_max, arrival& into) noexcept
        : target_{target}, count_max_{count_max}, into_{into} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        iovec vector{target_.data(), target_.size()};
        alignas(cmsghdr) char control[control_bytes_max];
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control;
        // Not CMSG_SPACE: its padding would have room for one more.
        message.msg_controllen = CMSG_LEN(count_max_ * sizeof(int));
        const std::int64_t count =
            or_errno(::recvmsg(file.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
        if (count < 0) return count;
        into_.is_cut = (message.msg_flags & MSG_CTRUNC) != 0;
        for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
             header = CMSG_NXTHDR(&message, header)) {
            if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) take(*header);
        }
        return count;
    }

private:
    void take(const cmsghdr& header) const noexcept {
        const std::size_t bytes = header.cmsg_len - CMSG_LEN(0);
        for (std::size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(&header) + at, sizeof fd);
            into_.descriptors.emplace_back(fd);
        }
    }

    byte_span target_;
    std::size_t count_max_;
    arrival& into_;
};

async<> send_descriptors_of(stream_ref over, byte_view bytes, std::span<const int> open) {
    const stream_claim claim{std::move(over), stream_way::out};
    const open_file& socket = unix_socket_under(claim);
    if (bytes.empty()) throw usage_error{"descriptors are sent with a byte at least"};
    if (open.empty() || open.size() > descriptors_max) {
        throw usage_error{"send_descriptors takes 1 to 253 descriptors"};
    }
    file_operation sending{socket, fd_direction::out, send_descriptors_call{bytes, open}};
    const std::int64_t count = co_await std::move(sending);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "sending descriptors");
    const byte_view rest = bytes.from(static_cast<std::size_t>(count));
    if (rest.empty()) co_return;
    auto writing = claim.carrier().write(byte_views{&rest, 1});
    co_await std::move(writing);
}

async<> send_descriptors_of(stream_ref over, byte_view bytes, int open) {
    auto sending = send_descriptors_of(std::move(over), bytes, std::span<const int>{&open, 1});
    co_await std::move(sending);
}

async<received_descriptors> receive_descriptors_of(stream_ref from, byte_span target,
                                                   std::size_t count_max) {
    const stream_claim claim{std::move(from), stream_way::in};
    const open_file& socket = unix_socket_under(claim);
    if (!claim.buffered().empty()) {
        throw usage_error{
            "descriptors cannot be received while bytes are buffered in the stream: what came with "
            "those is closed already"};
    }
    if (target.empty()) throw usage_error{"descriptors are received with a byte at least"};
    if (count_max > descriptors_max) count_max = descriptors_max;
    arrival arrived{count_max};
    file_operation receiving{socket, fd_direction::in,
                             receive_descriptors_call{target, count_max, arrived}};
    const std::int64_t count = co_await std::move(receiving);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "receiving descriptors");
    if (count == 0) claim.set_at_end();
    if (arrived.is_cut) {
        claim.unread(target.first(static_cast<std::size_t>(count)));
        const bool is_full = arrived.descriptors.size() == count_max;
        arrived.descriptors.clear();
        if (is_full) throw limit_exceeded{"count_max", count_max};
        throw error::from_errno(EMFILE, "receiving descriptors");
    }
    received_descriptors received;
    received.size = static_cast<std::size_t>(count);
    received.descriptors = std::move(arrived.descriptors);
    co_return received;
}

}  // namespace
}  // namespace detail

async<> send_descriptors(stream& over, byte_view bytes, std::span<const int> open) {
    return detail::send_descriptors_of(detail::stream_claim::ref_of(over), bytes, open);
}
async<> send_descriptors(stream& over, byte_view bytes, int open) {
    return detail::send_descriptors_of(detail::stream_claim::ref_of(over), bytes, open);
}
async<received_descriptors> receive_descriptors(stream& from, byte_span target,
                                                std::size_t count_max) {
    return detail::receive_descriptors_of(detail::stream_claim::ref_of(from), target, count_max);
}

peer_credentials credentials_of_peer(const stream& of) {
    const int fd = detail::socket_of(of).state().fd;
    if (!detail::is_unix_socket(fd)) {
        throw error{errc::unsupported, "asking who is at the other end of a connection"};
    }
    ucred answer{};
    socklen_t size = sizeof answer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &answer, &size) != 0) {
        throw error::from_errno(errno, "asking who is at the other end of a connection");
    }
    peer_credentials credentials;
    credentials.process_id = answer.pid;
    credentials.user_id = answer.uid;
    credentials.group_id = answer.gid;
    return credentials;
}

}  // namespace patio
