// SPDX-License-Identifier: MIT

// The floor for TLS: OpenSSL on the socket itself, epoll, nothing between them.

#include "floor_tls.hpp"
#include "floor_edges.hpp"

#include <signal.h>

namespace {

using namespace floor_of;

/// One connection. A write that finds no room is tried again at the next edge, before a read.
class tls_echo : public tls_peer {
public:
    using tls_peer::tls_peer;

    /// Echoes all that is there; false when the connection is at its end.
    bool serve(bool) {
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
    int length_ = 0;
    char buffer_[16 * 1024];
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
    SSL_CTX* context = tls_context(argv[2], argv[3]);
    serve_edges<tls_echo>(listen_as("tcp", nullptr),
                          [context](int descriptor) { return new tls_echo{context, descriptor}; });
}
