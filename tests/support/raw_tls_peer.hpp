// SPDX-License-Identifier: MIT
#pragma once

// OpenSSL itself as the other side, for what polite peers do not do: key updates, renegotiation,
// messages in pieces.

#include "certificates.hpp"

#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace patio::test_support {

/// A server or a client over one end of a plain stream, moved step by step.
class raw_tls_peer {
public:
    enum class side { client, server };

    /// **Borrows** the stream. `own` may be null for a client; `trusted` is an authority.
    raw_tls_peer(side which, stream& carrier, const identity* own, const authority& trusted);
    raw_tls_peer(const raw_tls_peer&) = delete;
    raw_tls_peer& operator=(const raw_tls_peer&) = delete;
    ~raw_tls_peer();

    [[nodiscard]] SSL* ssl() const noexcept;
    /// Shakes hands, and sends everything.
    async<> handshake();
    /// Takes what OpenSSL wants to send.
    std::string take_output();
    /// Sends it.
    async<> send();
    /// Receives something and gives it to OpenSSL. False at the end.
    async<bool> receive();
    /// Receives until so many bytes of text have come.
    async<std::string> read(std::size_t count);
    /// Sends text.
    async<> write(std::string text);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace patio::test_support
