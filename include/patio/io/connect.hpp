// SPDX-License-Identifier: MIT
#pragma once

// Opening connections: TCP by name or address, and Unix sockets.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/stream_layer.hpp>
#include <patio/io/endpoint.hpp>
#include <patio/io/resolve.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace patio {

namespace detail {
struct connect_settings;
/// TLS with the system's certificates; defined by the room `tls`, which `tls(true)` thus needs.
[[nodiscard]] const stream_layer& default_tls_layer();
}  // namespace detail

/// How connections are opened. Each setter changes one thing and returns the object.
class PATIO_EXPORT connect_options {
public:
    connect_options() noexcept = default;

    /// For everything together: the name, the attempts, the encryption's hello. No limit by
    /// default.
    connect_options& timeout(duration limit) noexcept {
        timeout_ = limit;
        return *this;
    }
    /// For one address. 30 s by default.
    connect_options& attempt_timeout(duration limit) noexcept {
        attempt_timeout_ = limit;
        return *this;
    }
    /// How long one address may be silent before the next one is tried beside it. 250 ms by
    /// default; RFC 8305 section 8 allows 10 ms to 2 s.
    connect_options& attempt_delay(duration length) noexcept {
        attempt_delay_ = length;
        return *this;
    }
    /// The end of ours: an address of this machine, with port 0 for any.
    connect_options& local(endpoint from) {
        local_ = std::move(from);
        return *this;
    }
    /// Asks the peer for a sign of life when it has been silent for this long, and gives the
    /// connection up after eight questions without an answer, ten seconds apart. Off by default.
    connect_options& keep_alive(duration idle) noexcept {
        keep_alive_ = idle;
        return *this;
    }
    /// Lets the kernel collect small writes into larger packets (Nagle's algorithm). Off by
    /// default: whoever answers line by line would wait for the peer's delayed acknowledgements.
    connect_options& collect_small_writes() noexcept {
        no_delay_ = false;
        return *this;
    }
    /// How the host's name is looked up.
    connect_options& resolving(resolve_options options) {
        resolving_ = std::move(options);
        return *this;
    }
    /// How the stream buffers.
    connect_options& limits(stream_limits limits) noexcept {
        limits_ = limits;
        return *this;
    }
    /// Encrypts with TLS and checks that the peer is the host that was asked for, by the system's
    /// certificates. Needs the library `patio::tls`.
    connect_options& tls(bool on) {
        layer_ = on ? &detail::default_tls_layer() : nullptr;
        return *this;
    }
    /// The same with settings of one's own. **Borrows** the layer until the connection is open.
    connect_options& tls(const stream_layer& layer) noexcept {
        layer_ = &layer;
        return *this;
    }

private:
    friend struct detail::connect_settings;
    duration timeout_ = duration::forever();
    duration attempt_timeout_ = duration::seconds(30);
    duration attempt_delay_ = duration::milliseconds(250);
    duration keep_alive_;  // zero: off
    bool no_delay_ = true;
    const stream_layer* layer_ = nullptr;
    stream_limits limits_;
    std::optional<endpoint> local_;
    std::optional<resolve_options> resolving_;
};

/// Connects to a host by its name, or by its address as text.
///
/// ```
/// patio::stream peer = co_await patio::open_connection("example.org", 443,
///                                                      patio::connect_options{}.tls(true));
/// ```
///
/// If the name has several addresses they are tried in turn, IPv6 and IPv4 alternating, each with a
/// head start before the next one; the first that answers wins and the others are given up.
///
/// **Fails** with `patio::error` that names the host and lists what each address said; its code is
/// that of the first one that failed, `std::errc::timed_out` if a limit passed.
/// **Cancel** all attempts are given up, nothing is left.
/// **Source** RFC 8305 (happy eyeballs).
[[nodiscard]] PATIO_EXPORT async<stream> open_connection(std::string host, std::uint16_t port,
                                                         connect_options options = {});
/// Connects to one address, or to a Unix socket.
[[nodiscard]] PATIO_EXPORT async<stream> open_connection(endpoint to, connect_options options = {});
/// Connects to the first of several addresses that answers, in this order.
[[nodiscard]] PATIO_EXPORT async<stream> open_connection(std::vector<endpoint> to,
                                                         connect_options options = {});
/// Connects to a Unix socket: a path, or an abstract name that begins with a zero byte.
[[nodiscard]] PATIO_EXPORT async<stream> open_unix_connection(std::string path,
                                                              connect_options options = {});

}  // namespace patio
