// SPDX-License-Identifier: MIT
#pragma once

// OpenSSL's objects with owners, and what it says when something fails.

#include <patio/tls/tls_error.hpp>

#include <memory>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace patio::tls {

template <auto Free>
struct freeing {
    template <class T>
    void operator()(T* object) const noexcept {
        static_cast<void>(Free(object));
    }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, freeing<Free>>;

using owned_context = owned<SSL_CTX, &SSL_CTX_free>;
using owned_ssl = owned<SSL, &SSL_free>;
using owned_session = owned<SSL_SESSION, &SSL_SESSION_free>;
using owned_certificate = owned<X509, &X509_free>;
using owned_key = owned<EVP_PKEY, &EVP_PKEY_free>;
using owned_bio = owned<BIO, &BIO_free>;

/// The cause of the last failure on this thread, in OpenSSL's words; its list of errors is empty
/// then. The first one in the list is the cause, the others are who came by.
[[nodiscard]] std::string take_reason();

/// A setting that cannot be used: "loading the key from key.pem: bad decrypt".
[[nodiscard]] tls_error bad_setting(const std::string& doing);

/// Checks what a call that returns 1 for success says.
inline void check_setting(int result, const std::string& doing) {
    if (result != 1) throw bad_setting(doing);
}

/// "CN=example.org,O=Example"
[[nodiscard]] std::string name_text(const X509_NAME* name);

/// The alternative names that are hosts or addresses.
[[nodiscard]] std::vector<std::string> names_of(const X509& certificate);

}  // namespace patio::tls
