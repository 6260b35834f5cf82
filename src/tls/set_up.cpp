// SPDX-License-Identifier: MIT

// How a connection is made from its context: names, sessions, checks of certificates.

#include "connection.hpp"

#include <patio/core/errors.hpp>

#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace patio::tls {

namespace {

/// Notes which certificate failed; the verdict is OpenSSL's.
int on_certificate(int is_good, X509_STORE_CTX* checked) {
    if (is_good == 1) return 1;
    const void* ssl = X509_STORE_CTX_get_ex_data(checked, SSL_get_ex_data_X509_STORE_CTX_idx());
    try {
        connection::of(*static_cast<const SSL*>(ssl)).note_certificate(*checked);
    } catch (...) {  // no memory for the details
    }
    return is_good;
}

int mode_of(verify_mode mode) noexcept {
    switch (mode) {
        case verify_mode::none:
            return SSL_VERIFY_NONE;
        case verify_mode::optional:
            return SSL_VERIFY_PEER;
        case verify_mode::required:
            return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    return SSL_VERIFY_PEER;
}

bool is_address(const std::string& host) {
    const owned<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free> address{a2i_IPADDRESS(host.c_str())};
    ERR_clear_error();
    return address != nullptr;
}

}  // namespace

connection::connection(context_ref context, std::unique_ptr<transport> lower,
                       const std::string& unread, std::string host)
    : context_{std::move(context)},
      lower_{std::move(lower)},
      host_{std::move(host)},
      bytes_{unread} {
    context_->complete();
    ssl_.reset(SSL_new(context_->context.get()));
    if (ssl_ == nullptr) throw bad_setting("making a TLS connection");
    BIO* const bio = make_bio(bytes_).release();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_app_data(ssl_.get(), this);
    set_up_verification();
    if (SSL_is_server(ssl_.get()) == 1) {
        SSL_set_accept_state(ssl_.get());
    } else {
        set_up_client();
    }
}

connection::~connection() {
    // A session whose connection was not closed properly is forgotten, unless OpenSSL believes that
    // it was. TLS 1.1 has dropped that rule: RFC 4346 section 7.2.1.
    if (failure_ == nullptr) {
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

void connection::set_up_verification() {
    SSL_set_verify(ssl_.get(), mode_of(context_->verify), &on_certificate);
}

void connection::set_up_client() {
    SSL* const ssl = ssl_.get();
    SSL_set_connect_state(ssl);
    const bool is_named = !is_address(host_);
    if (is_named && !host_.empty()) {
        check_setting(static_cast<int>(SSL_set_tlsext_host_name(ssl, host_.c_str())),
                      "asking for the host " + host_);
    }
    if (context_->verify != verify_mode::none && context_->checks_hostname) {
        X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(
            checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        check_setting(is_named ? X509_VERIFY_PARAM_set1_host(checks, host_.data(), host_.size())
                               : X509_VERIFY_PARAM_set1_ip_asc(checks, host_.c_str()),
                      "checking the host " + host_);
    }
    if (const owned_session session = context_->sessions.take(host_)) {
        SSL_set_session(ssl, session.get());
    }
}

connection& connection::of(const SSL& ssl) noexcept {
    return *static_cast<connection*>(SSL_get_app_data(&ssl));
}

void connection::show(context_ref other) {
    if (SSL_set_SSL_CTX(ssl_.get(), other->context.get()) == nullptr) throw std::bad_alloc{};
    shown_ = std::move(other);
}

void connection::note_certificate(const X509_STORE_CTX& checked) {
    const X509* const certificate = X509_STORE_CTX_get_current_cert(&checked);
    if (certificate == nullptr) return;
    const int why = X509_STORE_CTX_get_error(&checked);
    if (why != X509_V_ERR_HOSTNAME_MISMATCH && why != X509_V_ERR_IP_ADDRESS_MISMATCH) {
        certificate_details_ = name_text(X509_get_subject_name(certificate));
        return;
    }
    certificate_details_ = "the certificate is for ";
    const char* separator = "";
    for (const std::string& name : names_of(*certificate)) {
        certificate_details_ += separator + name;
        separator = ", ";
    }
    if (*separator == '\0') certificate_details_ += "no host";
}

}  // namespace patio::tls
