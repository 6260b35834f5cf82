// SPDX-License-Identifier: MIT

#include "socket_address.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace patio::detail {

namespace {

constexpr socklen_t unix_head_bytes = offsetof(sockaddr_un, sun_path);

/// Copies one of the kernel's structures in: the standard knows no other way to change a type.
template <class T>
void put(socket_address& to, const T& from, socklen_t size = sizeof(T)) noexcept {
    static_assert(sizeof(T) <= sizeof(sockaddr_storage));
    std::memcpy(&to.storage, &from, sizeof from);
    to.length = size;
}

template <class T>
T take(const socket_address& from) noexcept {
    T made;
    std::memcpy(&made, &from.storage, sizeof made);
    return made;
}

}  // namespace

socket_address::socket_address(const sockaddr* address, socklen_t size) noexcept
    : length{std::min(size, static_cast<socklen_t>(sizeof storage))} {
    std::memcpy(&storage, address, length);
}

socket_address::socket_address(const endpoint& of) noexcept {
    if (of.is_unix()) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string& name = of.unix_name();
        const std::size_t size = std::min(name.size(), sizeof address.sun_path);
        std::memcpy(address.sun_path, name.data(), size);
        // An abstract name is as long as it is said to be; a path ends with a zero.
        const bool is_path = !name.empty() && !of.is_abstract() && size < sizeof address.sun_path;
        put(*this, address, static_cast<socklen_t>(unix_head_bytes + size + (is_path ? 1 : 0)));
    } else if (of.address().is_v4()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(of.port());
        std::memcpy(&address.sin_addr, of.address().data(), of.address().size());
        put(*this, address);
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(of.port());
        address.sin6_scope_id = of.address().scope_id();
        std::memcpy(&address.sin6_addr, of.address().data(), of.address().size());
        put(*this, address);
    }
}

endpoint socket_address::to_endpoint() const {
    endpoint made;
    if (length == 0) {
        made.is_unix_ = true;
        return made;
    }
    switch (family()) {
        case AF_INET: {
            const auto address = take<sockaddr_in>(*this);
            std::uint8_t bytes[4];
            std::memcpy(bytes, &address.sin_addr, sizeof bytes);
            return {ip_address::v4(bytes[0], bytes[1], bytes[2], bytes[3]),
                    ntohs(address.sin_port)};
        }
        case AF_INET6: {
            const auto address = take<sockaddr_in6>(*this);
            ip_address::v6_bytes bytes;
            std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
            return {ip_address::v6(bytes, address.sin6_scope_id), ntohs(address.sin6_port)};
        }
        case AF_UNIX: {
            const auto address = take<sockaddr_un>(*this);
            made.is_unix_ = true;
            if (length <= unix_head_bytes) return made;
            const std::size_t size =
                std::min<std::size_t>(length - unix_head_bytes, sizeof address.sun_path);
            const bool is_abstract = address.sun_path[0] == '\0';
            made.name_.assign(address.sun_path,
                              is_abstract ? size : ::strnlen(address.sun_path, size));
            return made;
        }
        default:
            throw error{errc::unsupported,
                        "a socket of address family " + std::to_string(family())};
    }
}

}  // namespace patio::detail
