// SPDX-License-Identifier: MIT
#pragma once

// Sockets that wait for connections.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/io/endpoint.hpp>

#include <memory>

namespace patio {

namespace detail {
struct listening_socket;
}

/// How a listener is made. Each setter changes one thing and returns the object.
class PATIO_EXPORT listen_options {
public:
    listen_options() noexcept = default;

    /// How many connections the kernel finishes before they are accepted. 1024 by default; the
    /// kernel's own limit is net.core.somaxconn.
    listen_options& backlog(int count) noexcept {
        backlog_ = count;
        return *this;
    }
    /// Lets several sockets listen at one port (SO_REUSEPORT): the kernel spreads the connections
    /// over them.
    listen_options& reuse_port() noexcept {
        reuse_port_ = true;
        return *this;
    }
    /// Keeps an IPv6 listener to IPv6; else `[::]` takes IPv4 connections too.
    listen_options& only_v6() noexcept {
        only_v6_ = true;
        return *this;
    }

private:
    friend struct detail::listening_socket;
    int backlog_ = 1024;
    bool reuse_port_ = false;
    bool only_v6_ = false;
};

/// A socket that accepts connections, TCP or Unix.
///
/// ```
/// patio::listener door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
/// std::printf("port %d\n", door.local_endpoint().port());
/// patio::stream peer = co_await door.accept();
/// ```
///
/// **Use** `serve` for everything that handles more than one connection.
/// **Owns** the socket; closing it, or the destructor, also removes the file of a Unix socket, if
/// it is still the one that was made here.
/// **Threads** those of its loop.
class PATIO_EXPORT listener {
public:
    using loop_affine = void;

    /// One that is closed.
    listener() noexcept;
    listener(listener&& other) noexcept;
    listener& operator=(listener&& other) noexcept;
    ~listener();

    /// Binds a socket and listens. Port 0 lets the kernel choose one. The file of a Unix socket
    /// that nobody listens at any more, as a killed program leaves it, is replaced.
    ///
    /// **Suspends** never. **Fails** with `patio::error` that names the endpoint (address in use,
    /// permission denied); with usage_error outside of a running loop.
    [[nodiscard]] static listener open(const endpoint& at, listen_options options = {});

    /// Waits for a connection. Those that are aborted before they are taken are passed over.
    ///
    /// **Fails** with `errc::closed` if the listener is closed, also while this waits; with what
    /// accept(2) says when the process or the system has no descriptors or memory left: the
    /// connection waits in the kernel then. With usage_error if another task waits already.
    /// **Cancel** no connection has been taken.
    [[nodiscard]] async<stream> accept(stream_limits limits = {});

    /// Where it listens, with the port that the kernel has chosen. **Fails** with `errc::closed`.
    [[nodiscard]] const endpoint& local_endpoint() const;
    /// Listens no more: the kernel refuses whoever has not been accepted.
    void close() noexcept;
    [[nodiscard]] bool is_closed() const noexcept;
    /// The descriptor, or -1.
    [[nodiscard]] int native_handle() const noexcept;

private:
    explicit listener(std::shared_ptr<detail::listening_socket> socket) noexcept;

    // Shared with the operation that waits, which may outlive this object.
    std::shared_ptr<detail::listening_socket> socket_;
};

}  // namespace patio
