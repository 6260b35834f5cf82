// SPDX-License-Identifier: MIT
#pragma once

// What both floors share: the listening socket, and an echo that reads and writes at once. Bare
// calls of the kernel; what a server needs to be right (a peer that does not read, an end of the
// stream) is there, and nothing else.

#include "../support/harness.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace floor_of {

using bench::expect;

inline constexpr int backlog = 4096;
inline constexpr std::size_t buffer_size = std::size_t{32} * 1024;

/// Listens on a loopback port of the kernel's choice or on the path, and says so on stdout.
inline int listen_as(std::string_view family, const char* path) {
    const bool over_tcp = family == "tcp";
    const int made =
        socket(over_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (over_tcp) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof at;
        expect(bind(made, reinterpret_cast<sockaddr*>(&at), length) == 0, "a port is free");
        expect(getsockname(made, reinterpret_cast<sockaddr*>(&at), &length) == 0, "it has a name");
        expect(listen(made, backlog) == 0, "the socket listens");
        std::printf("listening %d\n", ntohs(at.sin_port));
    } else {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        expect(std::strlen(path) < sizeof at.sun_path, "the path is short enough");
        std::strcpy(at.sun_path, path);
        expect(bind(made, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, "the path is free");
        expect(listen(made, backlog) == 0, "the socket listens");
        std::printf("listening %s\n", path);
    }
    std::fflush(stdout);
    return made;
}

/// A thousand connections are more descriptors than many shells allow a program at first.
inline void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// The command line of both floors: `PROGRAM tcp|unix PATH|--about`; the listening socket.
inline int begin(int argc, char** argv, const char* about) {
    if (argc == 2 && std::string_view{argv[1]} == "--about") {
        std::printf("%s (%s)\n", about, bench::compiler);
        std::exit(0);
    }
    const bool is_tcp = argc == 2 && std::string_view{argv[1]} == "tcp";
    const bool is_unix = argc == 3 && std::string_view{argv[1]} == "unix";
    if (!is_tcp && !is_unix) {
        std::fprintf(stderr, "usage: %s tcp | unix PATH | --about\n", argv[0]);
        std::exit(3);
    }
    raise_descriptor_limit();
    return listen_as(argv[1], argv[2]);
}

enum class state { waits_for_input, waits_for_space, ended };

/// One connection. What the peer has no room for is kept until it has.
class echo {
public:
    explicit echo(int descriptor) : descriptor_{descriptor} {}

    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Echoes all that is there. A read that does not fill the buffer has emptied the socket, and
    /// there will be an edge when more comes: no call is spent on hearing EAGAIN.
    state serve() {
        static char buffer[buffer_size];
        if (!kept_.empty() && !send_kept()) return broken_ ? state::ended : state::waits_for_space;
        for (;;) {
            const ssize_t count = recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (count < 0 && errno == EAGAIN) return state::waits_for_input;
            if (count <= 0) return state::ended;
            const auto length = static_cast<std::size_t>(count);
            const std::size_t sent = send_some(buffer, length);
            if (broken_) return state::ended;
            if (sent < length) {
                kept_.assign(buffer + sent, buffer + length);
                return state::waits_for_space;
            }
            if (length < sizeof buffer) return state::waits_for_input;
        }
    }

private:
    std::size_t send_some(const char* from, std::size_t length) {
        std::size_t sent = 0;
        while (sent < length) {
            const ssize_t count =
                send(descriptor_, from + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0) {
                broken_ = errno != EAGAIN;
                break;
            }
            sent += static_cast<std::size_t>(count);
        }
        return sent;
    }

    bool send_kept() {
        const std::size_t sent = send_some(kept_.data(), kept_.size());
        kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(sent));
        return kept_.empty();
    }

    int descriptor_;
    bool broken_ = false;
    std::vector<char> kept_;
};

inline bool is_over_tcp(int listener) {
    int family = AF_UNSPEC;
    socklen_t length = sizeof family;
    getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &family, &length);
    return family == AF_INET;
}

/// Small messages over TCP are to be sent at once.
inline void send_at_once(int descriptor) {
    const int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace floor_of
