// SPDX-License-Identifier: MIT
#pragma once

// The settings that clients and servers have in common.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/stream_layer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace patio::tls {

/// Versions of the protocol. The older ones are broken (RFC 8996) and not spoken.
enum class version { tls1_2, tls1_3 };

/// Whether the other side must prove with a certificate who it is.
enum class verify_mode {
    /// It is not asked, or what it shows is not checked.
    none,
    /// A certificate is asked for and checked; a client need not have one.
    optional,
    /// Without a certificate that stands every check there is no connection.
    required,
};

namespace detail {

struct context_state;

/// The part of a context that does not depend on its type.
class PATIO_EXPORT context_base : public stream_layer {
public:
    /// For the implementation.
    [[nodiscard]] const std::shared_ptr<context_state>& state() const noexcept { return state_; }

protected:
    enum class side { client, server };
    explicit context_base(side which);
    context_base(const context_base&) noexcept;
    context_base& operator=(const context_base&) noexcept;
    ~context_base() override;

    void trust_file(const std::string& path);
    void trust_directory(const std::string& path);
    void trust_pem(const std::string& text, const std::string& source);
    void trust_system();
    void use_chain_files(const std::string& chain, const std::string& key,
                         const std::string& password);
    void use_chain(const std::string& chain, const std::string& key, const std::string& password,
                   const std::string& source);
    void use_minimum(version lowest);
    void use_maximum(version highest);
    void use_ciphers(const std::string& list);
    void use_ciphersuites(const std::string& list);
    void use_alpn(const std::vector<std::string>& protocols);
    void use_verify(verify_mode mode);
    void use_handshake_timeout(duration limit) noexcept;
    void use_shutdown_timeout(duration limit) noexcept;

private:
    std::shared_ptr<context_state> state_;  // shared by copies and by connections
};

}  // namespace detail

/// What `client_context` and `server_context` let one set. Each setter changes one thing, for all
/// copies of the context, and returns the object; set everything before the first connection.
///
/// Setters that read files block; they **fail** with tls_error, `errc::bad_setting`, or with the
/// system's error if a file cannot be read.
template <class Context>
class context_options : public detail::context_base {
public:
    /// Trusts the authorities in a PEM file, instead of the system's. Several calls add up.
    Context& load_verify_file(const std::string& path) {
        trust_file(path);
        return self();
    }
    /// Trusts those in a directory that has names by hash, as `openssl rehash` makes them.
    Context& load_verify_directory(const std::string& path) {
        trust_directory(path);
        return self();
    }
    /// Trusts those in a PEM text.
    Context& load_verify_pem(const std::string& text) {
        trust_pem(text, "the given text");
        return self();
    }
    /// Trusts the system's authorities too. Only a client that names none has them by itself.
    Context& load_default_certs() {
        trust_system();
        return self();
    }
    /// Shows the certificate at the beginning of a PEM file, with the intermediate ones behind it.
    /// The key is in a file of its own, or in the same one.
    Context& load_cert_chain(const std::string& chain_file, const std::string& key_file = {},
                             const std::string& password = {}) {
        use_chain_files(chain_file, key_file.empty() ? chain_file : key_file, password);
        return self();
    }
    /// The same from PEM texts.
    Context& load_cert_chain_pem(const std::string& chain, const std::string& key,
                                 const std::string& password = {}) {
        use_chain(chain, key, password, "the given text");
        return self();
    }
    /// TLS 1.2 by default.
    Context& minimum_version(version lowest) {
        use_minimum(lowest);
        return self();
    }
    /// TLS 1.3 by default.
    Context& maximum_version(version highest) {
        use_maximum(highest);
        return self();
    }
    /// The ciphers of TLS 1.2, in OpenSSL's language: "ECDHE+AESGCM:!aNULL".
    Context& set_ciphers(const std::string& list) {
        use_ciphers(list);
        return self();
    }
    /// Those of TLS 1.3: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256".
    Context& set_ciphersuites(const std::string& list) {
        use_ciphersuites(list);
        return self();
    }
    /// The application protocols that are offered or accepted, best one first: {"h2", "http/1.1"}.
    /// A server takes its own first choice among the client's, and refuses a client with whose
    /// offer it has nothing in common (RFC 7301 section 3.2).
    Context& set_alpn_protocols(const std::vector<std::string>& protocols) {
        use_alpn(protocols);
        return self();
    }
    /// Whether the other side must show a certificate: `required` by default for a client, `none`
    /// for a server.
    Context& verify(verify_mode mode) {
        use_verify(mode);
        return self();
    }
    /// How long a handshake may take, 60 s by default.
    Context& handshake_timeout(duration limit) noexcept {
        use_handshake_timeout(limit);
        return self();
    }
    /// How long `close()` waits for its goodbye to be sent and answered, 30 s by default.
    Context& shutdown_timeout(duration limit) noexcept {
        use_shutdown_timeout(limit);
        return self();
    }

protected:
    using context_base::context_base;

private:
    Context& self() noexcept { return static_cast<Context&>(*this); }
};

}  // namespace patio::tls
