// SPDX-License-Identifier: MIT

// The floor on epoll: edges, registered once for each connection.

#include "floor_echo.hpp"

#include <sys/epoll.h>

namespace {

using namespace floor_of;

class server {
public:
    explicit server(int listener) : listener_{listener} {
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
    }

    [[noreturn]] void run() {
        for (;;) {
            const int count = epoll_wait(epoll_, events_, events_max, -1);
            for (int i = 0; i < count; ++i) {
                auto* on = static_cast<echo*>(events_[i].data.ptr);
                on == nullptr ? accept_all() : serve(on);
            }
        }
    }

private:
    static constexpr int events_max = 1024;

    void watch(int operation, int descriptor, std::uint32_t events, echo* on) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = on;
        expect(epoll_ctl(epoll_, operation, descriptor, &event) == 0, "epoll takes it");
    }

    void accept_all() {
        for (;;) {
            const int taken = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (taken < 0) return;
            if (over_tcp_) send_at_once(taken);
            watch(EPOLL_CTL_ADD, taken, EPOLLIN | EPOLLRDHUP | EPOLLET, new echo{taken});
        }
    }

    void serve(echo* on) {
        switch (on->serve()) {
            case state::waits_for_input:
                break;
            case state::waits_for_space:
                // One edge of space; the watch for input is set again with it.
                watch(EPOLL_CTL_MOD, on->descriptor(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                      on);
                break;
            case state::ended:
                close(on->descriptor());
                delete on;
        }
    }

    int listener_;
    bool over_tcp_ = is_over_tcp(listener_);
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event events_[events_max]{};
};

}  // namespace

int main(int argc, char** argv) { server{begin(argc, argv, "epoll, edges")}.run(); }
