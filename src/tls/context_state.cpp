// SPDX-License-Identifier: MIT

#include "context_state.hpp"

#include "connection.hpp"

#include <exception>
#include <utility>

#include <openssl/err.h>

namespace patio::tls::detail {

namespace {

int no_password(char*, int, int, void*) { return 0; }  // the default asks at the terminal

}  // namespace

std::string to_lower(std::string text) {
    for (char& letter : text) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return text;
}

context_state::context_state(bool of_server)
    : context{SSL_CTX_new(of_server ? TLS_server_method() : TLS_client_method())},
      is_server{of_server} {
    if (context == nullptr) throw bad_setting("making a TLS context");
    SSL_CTX* const ctx = context.get();
    check_setting(static_cast<int>(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)),
                  "setting the version");
    SSL_CTX_set_options(
        ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // A connection that waits needs no buffers; and what a cancelled write leaves is tried again
    // from other memory.
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(ctx, &no_password);
}

void context_state::complete() {
    std::call_once(is_complete, [this] {
        if (has_authorities || is_server || verify == verify_mode::none) return;
        check_setting(SSL_CTX_set_default_verify_paths(context.get()),
                      "loading the system's certificates");
    });
}

std::shared_ptr<context_state> context_state::find(std::string name) {
    name = to_lower(std::move(name));
    auto found = names.find(name);
    if (found == names.end()) {
        const std::size_t dot = name.find('.');
        if (dot != std::string::npos) found = names.find("*" + name.substr(dot));
    }
    if (found != names.end()) return found->second;
    if (!choose) return nullptr;
    const std::optional<server_context> chosen = choose(name);
    return chosen ? chosen->state() : nullptr;
}

// --- what OpenSSL calls: nothing may be thrown through it

namespace {

int on_server_name(SSL* ssl, int* alert, void* argument) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    auto& state = *static_cast<context_state*>(argument);
    connection& of = connection::of(*ssl);
    try {
        std::shared_ptr<context_state> shown = state.find(name);
        if (shown != nullptr && shown.get() != &state) of.show(std::move(shown));
        return SSL_TLSEXT_ERR_OK;
    } catch (...) {
        of.fail_with(std::current_exception());
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
}

int on_alpn(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
            unsigned int offered_size, void* argument) {
    const auto& ours = static_cast<context_state*>(argument)->alpn;
    if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
    unsigned char* selected = nullptr;
    const int how =
        SSL_select_next_proto(&selected, size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned int>(ours.size()), offered, offered_size);
    *chosen = selected;
    return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int on_session(SSL* ssl, SSL_SESSION* session) {
    const connection& of = connection::of(*ssl);
    owned_session kept{session};
    try {
        of.context().sessions.put(of.host(), std::move(kept));
    } catch (...) {  // no memory: the next connection starts from nothing
    }
    return 1;
}

constexpr unsigned char session_scope[] = "patio";

}  // namespace

void install_server_callbacks(context_state& state) {
    SSL_CTX* const ctx = state.context.get();
    SSL_CTX_set_tlsext_servername_callback(ctx, &on_server_name);
    SSL_CTX_set_tlsext_servername_arg(ctx, &state);
    SSL_CTX_set_alpn_select_cb(ctx, &on_alpn, &state);
    // Sessions live in tickets; a table of them would be locked by all loops.
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    check_setting(SSL_CTX_set_session_id_context(ctx, session_scope, sizeof session_scope - 1),
                  "naming the sessions");
}

void install_client_callbacks(context_state& state) {
    SSL_CTX* const ctx = state.context.get();
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(ctx, &on_session);
}

}  // namespace patio::tls::detail
