// SPDX-License-Identifier: MIT

// The floor for HTTP over TLS: OpenSSL on the socket itself, epoll, nothing between them.
//
//     bench_http_floor_tls https plaintext CERTIFICATE KEY | --about

#include "../net/floor_edges.hpp"
#include "../net/floor_tls.hpp"
#include "floor_http.hpp"

#include <signal.h>

namespace {

using namespace floor_of;

/// One connection. A write that finds no room is tried again at the next edge, before a read.
class connection : public tls_peer {
public:
    connection(SSL_CTX* context, int descriptor, const fixed_answer& answer)
        : tls_peer{context, descriptor}, answer_{answer} {}

    /// Answers what has come; false when the connection is at its end.
    bool serve(bool) {
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
    const fixed_answer& answer_;
    request_counter requests_;
    std::size_t owed_ = 0;
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
    SSL_CTX* context = tls_context(argv[3], argv[4]);
    const fixed_answer answer = answer_of("text/plain; charset=utf-8", pages::plaintext);
    serve_edges<connection>(listen_as("tcp", nullptr), [&](int descriptor) {
        return new connection{context, descriptor, answer};
    });
}
