// SPDX-License-Identifier: MIT
#pragma once

// The loop of the floors that serve with edges.

#include "floor_echo.hpp"

#include <cstdint>
#include <utility>

#include <sys/epoll.h>

namespace floor_of {

/// Serves with epoll and edges, registered once for each connection. `make(descriptor)` gives a new
/// one; `serve(has_end)` of it takes what has come, and is false at its end.
template <class Connection, class Make>
class edge_server {
public:
    edge_server(int listener, Make make) : listener_{listener}, make_{std::move(make)} {
        watch(listener_, EPOLLIN, nullptr);
    }

    [[noreturn]] void run() {
        for (;;) {
            const int count = epoll_wait(epoll_, events_, events_max, -1);
            for (int i = 0; i < count; ++i) {
                auto* on = static_cast<Connection*>(events_[i].data.ptr);
                if (on == nullptr) {
                    accept_all();
                } else if (!on->serve((events_[i].events & EPOLLRDHUP) != 0)) {
                    delete on;
                }
            }
        }
    }

private:
    static constexpr int events_max = 1024;

    void watch(int descriptor, std::uint32_t events, Connection* on) {
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
            watch(taken, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, make_(taken));
        }
    }

    int listener_;
    Make make_;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event events_[events_max]{};
};

/// Never returns.
template <class Connection, class Make>
[[noreturn]] void serve_edges(int listener, Make make) {
    edge_server<Connection, Make>{listener, std::move(make)}.run();
}

}  // namespace floor_of
