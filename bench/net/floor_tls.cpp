// SPDX-License-Identifier: MIT

// The floor for TLS: OpenSSL on the socket itself, epoll, nothing between them.

#include "floor_echo.hpp"

#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>

namespace {

using namespace floor_of;

/// One connection. A write that finds no room is tried again at the next edge, before a read.
class tls_echo {
public:
    tls_echo(SSL_CTX* context, int descriptor) : tls_{SSL_new(context)} {
        SSL_set_fd(tls_, descriptor);
        SSL_set_accept_state(tls_);
    }
    tls_echo(const tls_echo&) = delete;
    tls_echo& operator=(const tls_echo&) = delete;
    ~tls_echo() {
        close(SSL_get_fd(tls_));
        SSL_free(tls_);
    }

    /// Echoes all that is there; false when the connection is at its end.
    bool serve() {
        for (;;) {
            if (length_ == 0) {
                const int count = SSL_read(tls_, buffer_, sizeof buffer_);
                if (count <= 0) return waits(count);
                length_ = count;
            }
            const int count = SSL_write(tls_, buffer_, length_);
            if (count <= 0) return waits(count);
            length_ = 0;
        }
    }

private:
    bool waits(int count) {
        const int reason = SSL_get_error(tls_, count);
        return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
    }

    SSL* tls_;
    int length_ = 0;
    char buffer_[16 * 1024];
};

class server {
public:
    server(int listener, const char* certificate, const char* key) : listener_{listener} {
        SSL_CTX_set_read_ahead(context_, 1);  // else each record costs two calls of recv
        expect(SSL_CTX_use_certificate_chain_file(context_, certificate) == 1, "a certificate");
        expect(SSL_CTX_use_PrivateKey_file(context_, key, SSL_FILETYPE_PEM) == 1, "its key");
        watch(listener_, EPOLLIN, nullptr);
    }

    [[noreturn]] void run() {
        for (;;) {
            const int count = epoll_wait(epoll_, events_, events_max, -1);
            for (int i = 0; i < count; ++i) {
                auto* on = static_cast<tls_echo*>(events_[i].data.ptr);
                if (on == nullptr) {
                    accept_all();
                } else if (!on->serve()) {
                    delete on;
                }
            }
        }
    }

private:
    static constexpr int events_max = 1024;

    void watch(int descriptor, std::uint32_t events, tls_echo* on) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = on;
        expect(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll takes it");
    }

    void accept_all() {
        for (;;) {
            const int taken = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (taken < 0) return;
            send_at_once(taken);
            watch(taken, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, new tls_echo{context_, taken});
        }
    }

    int listener_;
    SSL_CTX* context_ = SSL_CTX_new(TLS_server_method());
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event events_[events_max]{};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view{argv[1]} == "--about") {
        std::printf("%s on epoll (%s)\n", OPENSSL_VERSION_TEXT, bench::compiler);
        return 0;
    }
    if (argc != 4 || std::string_view{argv[1]} != "tls") return 3;
    signal(SIGPIPE, SIG_IGN);  // OpenSSL calls write(2)
    raise_descriptor_limit();
    server{listen_as("tcp", nullptr), argv[2], argv[3]}.run();
}
