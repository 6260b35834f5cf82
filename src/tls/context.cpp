// SPDX-License-Identifier: MIT

// What the setters of contexts do.

#include <patio/tls/client_context.hpp>
#include <patio/tls/server_context.hpp>

#include "connection.hpp"
#include "context_state.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace patio::tls {
namespace detail {

namespace {

std::string read_text_file(const std::string& path, const std::string& doing) {
    errno = 0;
    const std::unique_ptr<std::FILE, freeing<&std::fclose>> file{std::fopen(path.c_str(), "rbe")};
    std::string text;
    char buffer[4096];
    std::size_t count = 1;
    while (file != nullptr && count > 0) {
        count = std::fread(buffer, 1, sizeof buffer, file.get());
        text.append(buffer, count);
    }
    if (file == nullptr || std::ferror(file.get()) != 0) {
        throw error::from_errno(errno, doing + " from " + path);
    }
    return text;
}

owned_bio reader_of(const std::string& text) {
    owned_bio memory{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

/// The password that a key is locked with. None: it fails instead of asking at the terminal.
int give_password(char* target, int size, int, void* argument) {
    const auto& password = *static_cast<const std::string*>(argument);
    if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
    password.copy(target, password.size());
    return static_cast<int>(password.size());
}

owned_certificate read_certificate(BIO& from) {
    std::string none;
    return owned_certificate{PEM_read_bio_X509(&from, nullptr, &give_password, &none)};
}

int number_of(version which) { return which == version::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION; }

}  // namespace

context_base::context_base(side which)
    : state_{std::make_shared<context_state>(which == side::server)} {}
context_base::context_base(const context_base&) noexcept = default;
context_base& context_base::operator=(const context_base&) noexcept = default;
context_base::~context_base() = default;

void context_base::trust_file(const std::string& path) {
    trust_pem(read_text_file(path, "loading certificates"), path);
}

void context_base::trust_pem(const std::string& text, const std::string& source) {
    const std::string doing = "loading certificates from " + source;
    X509_STORE* const store = SSL_CTX_get_cert_store(state_->context.get());
    const owned_bio memory = reader_of(text);
    int count = 0;
    ERR_clear_error();
    while (const owned_certificate one = read_certificate(*memory)) {
        check_setting(X509_STORE_add_cert(store, one.get()), doing);
        ++count;
    }
    if (count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        throw bad_setting(doing);
    }
    ERR_clear_error();
    state_->has_authorities = true;
}

void context_base::trust_directory(const std::string& path) {
    check_setting(SSL_CTX_load_verify_dir(state_->context.get(), path.c_str()),
                  "loading certificates from " + path);
    state_->has_authorities = true;
}

void context_base::trust_system() {
    check_setting(SSL_CTX_set_default_verify_paths(state_->context.get()),
                  "loading the system's certificates");
    state_->has_authorities = true;
}

void context_base::use_chain_files(const std::string& chain, const std::string& key,
                                   const std::string& password) {
    const std::string chain_text = read_text_file(chain, "loading a certificate");
    const std::string key_text = read_text_file(key, "loading a key");
    use_chain(chain_text, key_text, password, key == chain ? chain : chain + " and " + key);
}

void context_base::use_chain(const std::string& chain, const std::string& key,
                             const std::string& password, const std::string& source) {
    SSL_CTX* const ctx = state_->context.get();
    const std::string doing = "loading a certificate and its key from " + source;
    ERR_clear_error();
    const owned_bio certificates = reader_of(chain);
    const owned_certificate first = read_certificate(*certificates);
    if (first == nullptr) throw bad_setting(doing);
    check_setting(SSL_CTX_use_certificate(ctx, first.get()), doing);
    SSL_CTX_clear_chain_certs(ctx);
    while (const owned_certificate next = read_certificate(*certificates))
        check_setting(static_cast<int>(SSL_CTX_add1_chain_cert(ctx, next.get())), doing);
    ERR_clear_error();
    std::string secret = password;
    const owned_key private_key{
        PEM_read_bio_PrivateKey(reader_of(key).get(), nullptr, &give_password, &secret)};
    if (private_key == nullptr) throw bad_setting(doing);
    check_setting(SSL_CTX_use_PrivateKey(ctx, private_key.get()), doing);
    check_setting(SSL_CTX_check_private_key(ctx), doing);
}

void context_base::use_minimum(version lowest) {
    check_setting(
        static_cast<int>(SSL_CTX_set_min_proto_version(state_->context.get(), number_of(lowest))),
        "setting the lowest version");
}
void context_base::use_maximum(version highest) {
    check_setting(
        static_cast<int>(SSL_CTX_set_max_proto_version(state_->context.get(), number_of(highest))),
        "setting the highest version");
}
void context_base::use_ciphers(const std::string& list) {
    ERR_clear_error();
    check_setting(SSL_CTX_set_cipher_list(state_->context.get(), list.c_str()),
                  "setting the ciphers \"" + list + "\"");
}
void context_base::use_ciphersuites(const std::string& list) {
    ERR_clear_error();
    check_setting(SSL_CTX_set_ciphersuites(state_->context.get(), list.c_str()),
                  "setting the cipher suites \"" + list + "\"");
}

void context_base::use_alpn(const std::vector<std::string>& protocols) {
    std::string all;
    for (const std::string& one : protocols) {
        if (one.empty() || one.size() > 255) {
            throw tls_error{errc::bad_setting, "an application protocol's name has 1 to 255 bytes"};
        }
        all += static_cast<char>(one.size());
        all += one;
    }
    // Unlike its relatives it returns 0 for success.
    const int result = SSL_CTX_set_alpn_protos(state_->context.get(),
                                               reinterpret_cast<const unsigned char*>(all.data()),
                                               static_cast<unsigned int>(all.size()));
    check_setting(result == 0 ? 1 : 0, "setting the application protocols");
    state_->alpn = std::move(all);
}

void context_base::use_verify(verify_mode mode) { state_->verify = mode; }
void context_base::use_handshake_timeout(duration limit) noexcept {
    state_->handshake_timeout = limit;
}
void context_base::use_shutdown_timeout(duration limit) noexcept {
    state_->shutdown_timeout = limit;
}

}  // namespace detail

client_context::client_context() : context_options{side::client} {
    use_verify(verify_mode::required);
    detail::install_client_callbacks(*state());
}
client_context::~client_context() = default;

client_context& client_context::without_hostname_check() noexcept {
    state()->checks_hostname = false;
    return *this;
}
client_context& client_context::sessions_max(std::size_t hosts) noexcept {
    state()->sessions.hosts_max(hosts);
    return *this;
}

server_context::server_context() : context_options{side::server} {
    detail::install_server_callbacks(*state());
}
server_context::~server_context() = default;

server_context& server_context::add_name(const std::string& name, const server_context& shown) {
    auto target = shown.state() == state() ? nullptr : shown.state();  // no circle of owners
    state()->names.insert_or_assign(detail::to_lower(name), std::move(target));
    return *this;
}
server_context& server_context::sni_callback(name_callback choose) {
    state()->choose = std::move(choose);
    return *this;
}
server_context& server_context::num_tickets(std::size_t count) {
    SSL_CTX* const ctx = state()->context.get();
    check_setting(SSL_CTX_set_num_tickets(ctx, count), "setting the number of tickets");
    if (count == 0) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);  // those of TLS 1.2 are not counted
    } else {
        SSL_CTX_clear_options(ctx, SSL_OP_NO_TICKET);
    }
    return *this;
}

}  // namespace patio::tls
