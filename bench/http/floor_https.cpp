// SPDX-License-Identifier: MIT

// The floor for HTTP over TLS: OpenSSL on the socket itself, epoll, nothing between them.
//
//     bench_http_floor_tls https plaintext CERTIFICATE KEY | --about

#include "floor_http.hpp"

#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>

namespace {

using namespace floor_of;

/// One connection. A write that finds no room is tried again at the next edge, before a read.
class connection {
public:
    connection(SSL_CTX* context, int descriptor, const fixed_answer& answer)
        : tls_{SSL_new(context)}, answer_{answer} {
        SSL_set_fd(tls_, descriptor);
        SSL_set_accept_state(tls_);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() {
        close(SSL_get_fd(tls_));
        SSL_free(tls_);
    }

    /// Answers what has come; false when the connection is at its end.
    bool serve() {
        static char buffer[16 * 1024];
        for (;;) {
            for (; owed_ > 0; --owed_) {
                const int count =
                    SSL_write(tls_, answer_.text.data(), static_cast<int>(answer_.text.size()));
                if (count <= 0) return waits(count);
            }
            const int count = SSL_read(tls_, buffer, sizeof buffer);
            if (count <= 0) return waits(count);
            owed_ = requests_.take({buffer, static_cast<std::size_t>(count)});
        }
    }

private:
    bool waits(int count) {
        const int reason = SSL_get_error(tls_, count);
        return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
    }

    SSL* tls_;
    const fixed_answer& answer_;
    request_counter requests_;
    std::size_t owed_ = 0;
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
                auto* on = static_cast<connection*>(events_[i].data.ptr);
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

    void watch(int descriptor, std::uint32_t events, connection* on) {
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
            watch(taken, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  new connection{context_, taken, answer_});
        }
    }

    int listener_;
    fixed_answer answer_ = answer_of("text/plain; charset=utf-8", pages::plaintext);
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
    if (argc != 5 || std::string_view{argv[1]} != "https") return 3;
    signal(SIGPIPE, SIG_IGN);  // OpenSSL calls write(2)
    raise_descriptor_limit();
    server{listen_as("tcp", nullptr), argv[3], argv[4]}.run();
}
