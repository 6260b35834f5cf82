// SPDX-License-Identifier: MIT
#pragma once

// One connection of the load generator: plain sockets, WebSockets, TLS where OpenSSL was found.

#include "../support/harness.hpp"
#include "load_websocket.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef PATIO_BENCH_TLS
#include <openssl/ssl.h>
#endif

namespace bench {

/// Where the server listens.
struct address {
    enum class family { tcp, tls, ws, unix_path };

    family kind;
    std::uint16_t port = 0;
    std::string path;

    static std::optional<address> parse(std::string_view text) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) return {};
        const auto name = text.substr(0, colon);
        const std::string rest{text.substr(colon + 1)};
        if (name == "unix") return address{family::unix_path, 0, rest};
        const auto port = static_cast<std::uint16_t>(std::atoi(rest.c_str()));
        if (name == "tcp") return address{family::tcp, port, {}};
        if (name == "tls") return address{family::tls, port, {}};
        if (name == "ws") return address{family::ws, port, {}};
        return {};
    }
};

/// The bytes of every message and of its echo. One copy serves all connections, so that the
/// client's caches stay cold for none of them.
class message {
public:
    message(address::family kind, std::size_t size) {
        if (kind == address::family::ws) {
            const std::string text = websocket_text(size);
            bytes_ = masked_frame(text);
            echo_ = plain_frame(text);
        } else {
            for (std::size_t i = 0; i < size; ++i)
                bytes_.push_back(static_cast<char>(i * 31 + i / 256));
            echo_ = bytes_;
        }
        is_compared_whole_ = kind == address::family::ws;
        received_.resize(echo_.size());
    }

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] std::size_t echo_size() const { return echo_.size(); }
    [[nodiscard]] const char* from(std::size_t offset) const { return bytes_.data() + offset; }
    [[nodiscard]] char* space() { return received_.data(); }

    /// Whether what was just received belongs at this offset of the echo. Plain bytes are compared
    /// by the first and the last: more would be the client's work, not the server's. With
    /// WebSockets the server has changed each of them.
    [[nodiscard]] bool has_at(std::size_t offset, std::size_t length) const {
        const char* const wanted = echo_.data() + offset;
        if (is_compared_whole_) return std::memcmp(received_.data(), wanted, length) == 0;
        return received_[0] == wanted[0] && received_[length - 1] == wanted[length - 1];
    }

private:
    std::string bytes_;
    std::string echo_;
    std::string received_;
    bool is_compared_whole_ = false;
};

class connection {
public:
    void open(const address& server) {
        descriptor_ = server.kind == address::family::unix_path ? connect_unix(server.path)
                                                                : connect_tcp(server.port);
        closing_ = false;
        if (server.kind == address::family::tls) start_tls();
        if (server.kind == address::family::ws) open_websocket(descriptor_);
    }

    void close() {
        ::close(descriptor_);
        descriptor_ = -1;
    }

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] std::int64_t begin_ns() const { return begin_ns_; }
    [[nodiscard]] bool is_sent(const message& whole) const { return sent_ == whole.size(); }
    [[nodiscard]] bool is_closing() const { return closing_; }

    void begin_message(std::int64_t now_ns) {
        begin_ns_ = now_ns;
        sent_ = 0;
        received_ = 0;
    }

    /// Sends what is left of the message; whether nothing is left then.
    bool send(const message& whole) {
        while (sent_ < whole.size()) {
            const ssize_t count = send_some(whole.from(sent_), whole.size() - sent_);
            if (count < 0) return false;
            sent_ += static_cast<std::size_t>(count);
        }
        return true;
    }

    /// Receives once, or with TLS until nothing is there; whether the message is complete then.
    bool receive(message& whole) {
        for (;;) {
            const std::size_t wanted = whole.echo_size() - received_;
            const ssize_t count = receive_some(whole.space(), wanted);
            if (count < 0) return false;
            const auto length = static_cast<std::size_t>(count);
            expect(count > 0, "the server keeps the connection open");
            expect(whole.has_at(received_, length), "the echo is what was sent");
            received_ += length;
            if (received_ == whole.echo_size()) return true;
            // A short read has emptied the socket, and the next edge will tell of more.
            if (!has_tls()) return false;
        }
    }

    void shut_down() {
        closing_ = true;
        expect(shutdown(descriptor_, SHUT_WR) == 0, "the connection is still up");
    }

    /// Whether the server has ended its side.
    bool receive_end() {
        char byte;
        const ssize_t count = recv(descriptor_, &byte, 1, MSG_DONTWAIT);
        expect(count == 0 || errno == EAGAIN, "the server ends without an error");
        return count == 0;
    }

private:
    static int connect_tcp(std::uint16_t port) {
        const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        setsockopt(made, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        // A closed connection keeps its pair of ports for a minute: ever new source addresses of
        // the loopback network keep enough pairs free.
        static std::uint32_t last = 0;
        sockaddr_in source{};
        source.sin_family = AF_INET;
        source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + last++ % 200);
        expect(bind(made, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0,
               "the loopback network has more than one address");
        sockaddr_in target{};
        target.sin_family = AF_INET;
        target.sin_port = htons(port);
        target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        expect(::connect(made, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0,
               "the server takes a TCP connection");
        return made;
    }

    static int connect_unix(const std::string& path) {
        const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un target{};
        target.sun_family = AF_UNIX;
        expect(path.size() < sizeof target.sun_path, "the path is short enough");
        std::memcpy(target.sun_path, path.data(), path.size());
        expect(::connect(made, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0,
               "the server takes a Unix connection");
        return made;
    }

#ifdef PATIO_BENCH_TLS
    void start_tls() {
        static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        tls_ = SSL_new(context);
        SSL_set_fd(tls_, descriptor_);
        expect(SSL_connect(tls_) == 1, "the TLS handshake succeeds");
        // OpenSSL calls read(2): only the descriptor's own flag makes it not wait.
        fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
    }

    ssize_t send_some(const char* from, std::size_t length) {
        if (tls_ == nullptr) return send_plain(from, length);
        const int count = SSL_write(tls_, from, static_cast<int>(length));
        if (count > 0) return count;
        expect(SSL_get_error(tls_, count) == SSL_ERROR_WANT_WRITE, "TLS takes the message");
        return -1;
    }

    ssize_t receive_some(char* to, std::size_t length) {
        if (tls_ == nullptr) return receive_plain(to, length);
        const int count = SSL_read(tls_, to, static_cast<int>(length));
        if (count > 0) return count;
        expect(SSL_get_error(tls_, count) == SSL_ERROR_WANT_READ, "TLS gives the echo");
        return -1;
    }

    [[nodiscard]] bool has_tls() const { return tls_ != nullptr; }

    SSL* tls_ = nullptr;
#else
    void start_tls() { expect(false, "the load generator was built with OpenSSL"); }
    ssize_t send_some(const char* from, std::size_t length) { return send_plain(from, length); }
    ssize_t receive_some(char* to, std::size_t length) { return receive_plain(to, length); }
    [[nodiscard]] static bool has_tls() { return false; }
#endif

    ssize_t send_plain(const char* from, std::size_t length) {
        const ssize_t count = ::send(descriptor_, from, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        expect(count >= 0 || errno == EAGAIN, "the server takes the message");
        return count;
    }

    ssize_t receive_plain(char* to, std::size_t length) {
        const ssize_t count = recv(descriptor_, to, length, MSG_DONTWAIT);
        expect(count >= 0 || errno == EAGAIN, "the server sends the echo");
        return count;
    }

    int descriptor_ = -1;
    bool closing_ = false;
    std::size_t sent_ = 0;
    std::size_t received_ = 0;
    std::int64_t begin_ns_ = 0;
};

}  // namespace bench
