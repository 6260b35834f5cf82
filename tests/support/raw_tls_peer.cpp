// SPDX-License-Identifier: MIT

#include "raw_tls_peer.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/pem.h>

namespace patio::test_support {

struct raw_tls_peer::parts {
    stream& carrier;
    SSL_CTX* context;
    SSL* ssl;
};

namespace {

X509* certificate_of(const std::string& pem) {
    BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* made = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
    BIO_free(memory);
    return made;
}

void use_identity(SSL_CTX* context, const identity& own) {
    X509* certificate = certificate_of(own.certificate);
    SSL_CTX_use_certificate(context, certificate);
    X509_free(certificate);
    BIO* memory = BIO_new_mem_buf(own.key.data(), static_cast<int>(own.key.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(memory, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
    BIO_free(memory);
}

}  // namespace

raw_tls_peer::raw_tls_peer(side which, stream& carrier, const identity* own,
                           const authority& trusted) {
    SSL_CTX* context =
        SSL_CTX_new(which == side::client ? TLS_client_method() : TLS_server_method());
    if (own != nullptr) use_identity(context, *own);
    X509* root = certificate_of(trusted.pem());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root);
    X509_free(root);
    SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    SSL* ssl = SSL_new(context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (which == side::client) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    parts_.reset(new parts{carrier, context, ssl});
}

raw_tls_peer::~raw_tls_peer() {
    SSL_free(parts_->ssl);
    SSL_CTX_free(parts_->context);
}

SSL* raw_tls_peer::ssl() const noexcept { return parts_->ssl; }

std::string raw_tls_peer::take_output() {
    std::string all;
    char buffer[4096];
    for (;;) {
        const int count = BIO_read(SSL_get_wbio(ssl()), buffer, sizeof buffer);
        if (count <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(count));
    }
}

async<> raw_tls_peer::send() {
    const std::string all = take_output();
    co_await parts_->carrier.write(all);
}

async<bool> raw_tls_peer::receive() {
    const std::string some = co_await parts_->carrier.read_some(std::size_t{16384});
    BIO_write(SSL_get_rbio(ssl()), some.data(), static_cast<int>(some.size()));
    co_return !some.empty();
}

async<> raw_tls_peer::handshake() {
    for (;;) {
        const int result = SSL_do_handshake(ssl());
        const int why = SSL_get_error(ssl(), result);
        co_await send();
        if (result == 1) co_return;
        if (why != SSL_ERROR_WANT_READ) throw std::runtime_error{"the raw handshake has failed"};
        const bool is_open = co_await receive();
        if (!is_open) throw std::runtime_error{"the raw handshake was cut"};
    }
}

async<std::string> raw_tls_peer::read(std::size_t count) {
    std::string all;
    char buffer[4096];
    while (all.size() < count) {
        const int size = SSL_read(ssl(), buffer, sizeof buffer);
        if (size > 0) {
            all.append(buffer, static_cast<std::size_t>(size));
            continue;
        }
        if (SSL_get_error(ssl(), size) != SSL_ERROR_WANT_READ) break;
        const bool is_open = co_await receive();
        if (!is_open) break;
    }
    co_return all;
}

async<> raw_tls_peer::write(std::string text) {
    SSL_write(ssl(), text.data(), static_cast<int>(text.size()));
    co_await send();
}

}  // namespace patio::test_support
