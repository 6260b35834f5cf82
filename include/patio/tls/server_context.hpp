// SPDX-License-Identifier: MIT
#pragma once

// How a server encrypts, and who it is.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/tls/detail/context_base.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace patio::tls {

/// The server's side of TLS. It needs a certificate.
///
/// ```
/// patio::tls::server_context context;
/// context.load_cert_chain("fullchain.pem", "key.pem").set_alpn_protocols({"http/1.1"});
/// co_await patio::serve(at, handler, patio::serve_options{}.tls(context));
/// ```
///
/// In the middle of a plain stream: `co_await peer.start_tls(context)`.
///
/// Clients are not asked for certificates, unless by `verify(verify_mode::required)` and
/// `load_verify_…` for the authorities. Renegotiation is refused: it has let clients make servers
/// work for nothing, and TLS 1.3 has none.
///
/// A cheap handle: copies share their settings.
///
/// **Fails** a handshake: as the client's does.
/// **Threads** once it is set up it may serve several loops.
class PATIO_EXPORT server_context final : public context_options<server_context> {
public:
    using name_callback = unique_function<std::optional<server_context>(const std::string&)>;

    server_context();
    server_context(const server_context&) noexcept = default;
    server_context& operator=(const server_context&) noexcept = default;
    ~server_context() override;

    /// For clients that ask for this name (SNI), shows the certificate of another context and
    /// offers its application protocols; "*.example.org" is any name with one label more. What is
    /// demanded of clients, and all limits, stay this context's. A name that nobody has added gets
    /// the certificate of this one.
    server_context& add_name(const std::string& name, const server_context& shown);
    /// Asks `choose` for names that were not added; empty: the certificate of this one. What it
    /// throws ends the handshake. **Threads** it is called on the thread of each connection.
    server_context& sni_callback(name_callback choose);
    /// How many tickets a client gets to take up its session later, 2 by default; 0: it cannot.
    server_context& num_tickets(std::size_t count);

    /// Starts TLS as a server over `over`: what `start_tls` and `serve` call. `name` is not used.
    [[nodiscard]] async<> start(stream& over, std::string name = {}) const override;
};

}  // namespace patio::tls
