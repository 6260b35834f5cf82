// SPDX-License-Identifier: MIT
#pragma once

// How a client encrypts, and whom it trusts.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/tls/detail/context_base.hpp>

#include <cstddef>
#include <string>

namespace patio::tls {

/// The client's side of TLS. As it is made it is safe: it speaks TLS 1.2 or 1.3, trusts the
/// system's authorities, and demands that the certificate is for the host that was asked for.
///
/// ```
/// const patio::tls::client_context context;
/// patio::stream peer = co_await patio::open_connection("example.org", 443,
///                                                      patio::connect_options{}.tls(context));
/// ```
///
/// In the middle of a plain stream: `co_await peer.start_tls(context, "example.org")`.
///
/// The host may be a name, which is told to the server too (SNI), or an IP address. Only the
/// certificate's alternative names count, never its common name; a wildcard stands for one whole
/// label (RFC 9525).
///
/// Connections to the same host through one context take up earlier sessions (RFC 8446 section
/// 2.2), which saves both sides the certificates. A server hands them out when the client reads.
///
/// A cheap handle: copies share their settings and sessions. **Cost** the system's authorities are
/// loaded when the first connection is made, which takes some 80 ms: keep the context.
///
/// **Fails** a handshake: with `certificate_error`; with `tls_error`; with `std::errc::timed_out`;
/// with what the stream below says. The stream is closed then.
/// **Threads** once it is set up it may serve several loops.
class PATIO_EXPORT client_context final : public context_options<client_context> {
public:
    client_context();
    client_context(const client_context&) noexcept = default;
    client_context& operator=(const client_context&) noexcept = default;
    ~client_context() override;

    /// Does not care for whom the certificate is, only by whom. **Use** it with an authority of
    /// one's own whose certificates all mean the same.
    client_context& without_hostname_check() noexcept;
    /// Keeps sessions of at most this many hosts, the latest ones. 256 by default; 0: every
    /// connection starts from nothing.
    client_context& sessions_max(std::size_t hosts) noexcept;

    /// Starts TLS as a client over `over`: what `start_tls` and `open_connection` call.
    [[nodiscard]] async<> start(stream& over, std::string host) const override;
};

}  // namespace patio::tls
