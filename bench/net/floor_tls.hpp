// SPDX-License-Identifier: MIT
#pragma once

// What the floors with TLS have in common: OpenSSL on the socket itself.

#include "floor_echo.hpp"

#include <openssl/ssl.h>
#include <unistd.h>

namespace floor_of {

inline SSL_CTX* tls_context(const char* certificate, const char* key) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_read_ahead(context, 1);  // else each record costs two calls of recv
    expect(SSL_CTX_use_certificate_chain_file(context, certificate) == 1, "a certificate");
    expect(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, "its key");
    return context;
}

/// One connection of a server, which it closes.
class tls_peer {
public:
    tls_peer(SSL_CTX* context, int descriptor) : tls_{SSL_new(context)} {
        SSL_set_fd(tls_, descriptor);
        SSL_set_accept_state(tls_);
    }
    tls_peer(const tls_peer&) = delete;
    tls_peer& operator=(const tls_peer&) = delete;

protected:
    ~tls_peer() {
        close(SSL_get_fd(tls_));
        SSL_free(tls_);
    }
    /// Whether a call that has returned this waits for the socket; if not the connection has ended.
    bool waits(int count) {
        const int reason = SSL_get_error(tls_, count);
        return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
    }

    SSL* tls_;
};

}  // namespace floor_of
