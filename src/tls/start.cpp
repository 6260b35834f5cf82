// SPDX-License-Identifier: MIT

// Putting TLS under a stream, and asking it what it is.

#include <patio/tls/client_context.hpp>
#include <patio/tls/server_context.hpp>
#include <patio/tls/tls_info.hpp>

#include "connection.hpp"

#include <patio/core/errors.hpp>

#include <memory>
#include <utility>

namespace patio {
namespace tls {

namespace {

class tls_transport final : public transport {
public:
    explicit tls_transport(std::shared_ptr<connection> of) noexcept : connection_{std::move(of)} {}
    ~tls_transport() override { connection_->abort(); }

    async<std::size_t> read_some(byte_span target) override {
        return connection_->read_some(target);
    }
    async<> write(byte_views parts) override {
        std::size_t taken = 0;
        auto writing = connection_->write(parts, taken);
        co_await std::move(writing);
    }
    async<> write_counted(byte_views parts, std::size_t& taken) override {
        return connection_->write(parts, taken);
    }
    async<> shutdown() override { return connection_->shutdown(); }
    async<> close() override { return connection_->close(); }
    void abort() noexcept override { connection_->abort(); }
    [[nodiscard]] transport* next_layer() noexcept override { return &connection_->lower(); }

    [[nodiscard]] const connection& of() const noexcept { return *connection_; }

private:
    std::shared_ptr<connection> connection_;  // a handshake holds it too: the stream may go first
};

/// A handshake that does not end well closes its stream.
class handshake_guard {
public:
    explicit handshake_guard(stream& over) noexcept : over_{&over} {}
    handshake_guard(const handshake_guard&) = delete;
    handshake_guard& operator=(const handshake_guard&) = delete;
    ~handshake_guard() {
        if (over_ != nullptr) over_->abort();
    }
    void dismiss() noexcept { over_ = nullptr; }

private:
    stream* over_;
};

async<> start_over(stream& over, connection::context_ref context, std::string host) {
    std::string unread;
    const stream_limits limits = over.limits();
    std::unique_ptr<transport> lower = over.release(unread);
    const auto made =
        std::make_shared<connection>(std::move(context), std::move(lower), unread, std::move(host));
    over = stream{std::make_unique<tls_transport>(made), limits};
    handshake_guard guard{over};
    auto greeting = made->handshake();
    co_await std::move(greeting);
    guard.dismiss();
}

std::string der_of(const X509& certificate) {
    unsigned char* data = nullptr;
    const int size = i2d_X509(&certificate, &data);
    if (size < 0) throw std::bad_alloc{};
    std::string der(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    OPENSSL_free(data);
    return der;
}

std::optional<certificate> certificate_of(SSL& ssl) {
    const owned_certificate shown{SSL_get1_peer_certificate(&ssl)};
    if (shown == nullptr) return std::nullopt;
    certificate made;
    made.subject = name_text(X509_get_subject_name(shown.get()));
    made.issuer = name_text(X509_get_issuer_name(shown.get()));
    made.names = names_of(*shown);
    made.der = der_of(*shown);
    return made;
}

}  // namespace

async<> client_context::start(stream& over, std::string host) const {
    const detail::context_state& settings = *state();
    if (host.empty() && settings.verify != verify_mode::none && settings.checks_hostname) {
        throw usage_error{"a TLS client must say which host it expects: start_tls(context, host)"};
    }
    if (!host.empty() && host.back() == '.') host.pop_back();  // the root, in no certificate
    return start_over(over, state(), std::move(host));
}

async<> server_context::start(stream& over, std::string) const {
    return start_over(over, state(), std::string{});
}

std::optional<tls_info> info_of(const stream& of) {
    for (transport* layer = of.carrier(); layer != nullptr; layer = layer->next_layer()) {
        const auto* encrypted = dynamic_cast<const tls_transport*>(layer);
        if (encrypted == nullptr || !encrypted->of().is_established()) continue;
        SSL& ssl = encrypted->of().ssl();
        tls_info info;
        info.version = SSL_get_version(&ssl);
        info.cipher = SSL_get_cipher_name(&ssl);
        const unsigned char* protocol = nullptr;
        unsigned int size = 0;
        SSL_get0_alpn_selected(&ssl, &protocol, &size);
        if (size > 0) info.alpn.assign(reinterpret_cast<const char*>(protocol), size);
        const char* name = SSL_get_servername(&ssl, TLSEXT_NAMETYPE_host_name);
        if (name != nullptr) info.server_name = name;
        info.is_resumed = SSL_session_reused(&ssl) == 1;
        info.peer_certificate = certificate_of(ssl);
        return info;
    }
    return std::nullopt;
}

}  // namespace tls

namespace detail {

/// What `connect_options::tls(true)` uses: declared by the room `io`, which knows no encryption.
PATIO_EXPORT const stream_layer& default_tls_layer();
const stream_layer& default_tls_layer() {
    static const tls::client_context one;
    return one;
}

}  // namespace detail
}  // namespace patio
