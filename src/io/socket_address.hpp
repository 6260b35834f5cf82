// SPDX-License-Identifier: MIT
#pragma once

// Endpoints as the kernel wants and gives them.

#include <patio/base/config.hpp>
#include <patio/io/endpoint.hpp>

#include <sys/socket.h>

namespace patio::detail {

/// A sockaddr of any of our kinds with its length.
///
/// ```
/// socket_address peer;  // as large as any, to be written to
/// ::accept4(fd, peer.data(), &peer.length, flags);
/// … peer.to_endpoint() …
/// ```
struct PATIO_EXPORT socket_address {
    /// Room for what the kernel writes.
    socket_address() noexcept = default;
    explicit socket_address(const endpoint& of) noexcept;
    socket_address(const sockaddr* address, socklen_t size) noexcept;

    /// What the kernel wrote; the endpoint of an unnamed Unix socket if it wrote nothing
    /// (recvmsg(2) from an unbound one). **Fails** with `errc::unsupported` for other families.
    [[nodiscard]] endpoint to_endpoint() const;

    /// AF_INET, AF_INET6 or AF_UNIX.
    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
    [[nodiscard]] sockaddr* data() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }

    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
};

}  // namespace patio::detail
