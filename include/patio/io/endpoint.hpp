// SPDX-License-Identifier: MIT
#pragma once

// Where a socket is bound or connected to, as a value.

#include <patio/base/config.hpp>
#include <patio/io/address.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace patio {

namespace detail {
struct socket_address;
}

/// An IP address with a port, or the name of a Unix socket.
///
/// ```
/// patio::endpoint::parse("127.0.0.1:80")
/// patio::endpoint{patio::ip_address::loopback_v6(), 80}
/// patio::endpoint::unix_socket("/run/app.sock")
/// ```
///
/// The factory is not called `unix`, because compilers in GNU mode define that word as a macro.
///
/// **Use** `patio::resolve` to get endpoints from the name of a host.
/// **Cost** one allocation at most, for the name of a Unix socket.
class PATIO_EXPORT endpoint {
public:
    /// 0.0.0.0:0
    endpoint() noexcept = default;
    endpoint(const ip_address& address, std::uint16_t port) noexcept
        : address_{address}, port_{port} {}

    /// A path in the file system, or, if `name` begins with a zero byte, a name in Linux's abstract
    /// namespace, which no file stands for. An empty name is that of a socket that has none, as the
    /// sockets of most clients.
    ///
    /// **Fails** with `errc::malformed` if it is too long for the kernel (`unix_name_bytes_max`,
    /// not counting the leading zero), or if a path has a zero byte in it. **Source** unix(7).
    [[nodiscard]] static endpoint unix_socket(std::string_view name);
    static constexpr std::size_t unix_name_bytes_max = 107;

    /// Reads `192.0.2.1:80`, `[2001:db8::1]:80`, a path that begins with a slash or a dot, or an
    /// abstract name behind an at sign: what `to_string` writes.
    ///
    /// **Fails** with `errc::malformed`, naming the text; names of hosts and services are not
    /// looked up. `try_parse` returns nothing instead.
    [[nodiscard]] static endpoint parse(std::string_view text);
    [[nodiscard]] static std::optional<endpoint> try_parse(std::string_view text);

    /// `192.0.2.1:80`, `[2001:db8::1]:80`, a path (one of the working directory begins with a dot),
    /// an abstract name behind an at sign, or `(unnamed)`. Zero bytes inside of an abstract name
    /// are shown as at signs, too; such a name cannot be parsed again.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool is_ip() const noexcept { return !is_unix_; }
    [[nodiscard]] bool is_unix() const noexcept { return is_unix_; }
    /// Whether this is a Unix socket's name that no file stands for.
    [[nodiscard]] bool is_abstract() const noexcept {
        return !name_.empty() && name_.front() == '\0';
    }

    /// The IP address; 0.0.0.0 of a Unix socket.
    [[nodiscard]] const ip_address& address() const noexcept { return address_; }
    /// The port; 0 of a Unix socket.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The same address with another port. **Fails** with usage_error for a Unix socket.
    [[nodiscard]] endpoint with_port(std::uint16_t port) const;
    /// The Unix socket's path or abstract name, with its leading zero byte; empty for IP.
    [[nodiscard]] const std::string& unix_name() const noexcept { return name_; }

    friend bool operator==(const endpoint&, const endpoint&) noexcept = default;
    friend auto operator<=>(const endpoint&, const endpoint&) noexcept = default;

private:
    friend struct detail::socket_address;

    // One of both: `name_` is empty for IP, address and port are zero for Unix sockets.
    bool is_unix_ = false;
    ip_address address_;
    std::uint16_t port_ = 0;
    std::string name_;
};

}  // namespace patio

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::hash<patio::endpoint> {
    [[nodiscard]] std::size_t operator()(const patio::endpoint& of) const noexcept {
        if (of.is_unix()) return std::hash<std::string>{}(of.unix_name());
        const std::size_t spread = std::size_t{of.port()} * 0x9E37'79B9'7F4A'7C15U;
        return std::hash<patio::ip_address>{}(of.address()) ^ spread;
    }
};
/// @endcond
