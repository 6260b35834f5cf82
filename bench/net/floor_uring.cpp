// SPDX-License-Identifier: MIT

// The floor on io_uring: one poll for each connection that stays armed and tells of edges, and
// plain recv and send. Requests for recv and send in the ring cost more (two entries and two
// completions for a message).

#include "floor_echo.hpp"
#include "floor_ring.hpp"

#include <sys/epoll.h>

namespace {

using namespace floor_of;

class server {
public:
    explicit server(int listener) : listener_{listener} { start_accepting(); }

    [[noreturn]] void run() {
        for (;;)
            ring_.turn([this](const io_uring_cqe& completion) { handle(completion); });
    }

private:
    /// A connection and its polls: it lives until the kernel has let go of the last one.
    struct polled : echo {
        using echo::echo;
        int polls = 0;
        bool waits_for_space = false;
        bool is_ended = false;
    };

    // The low bits of an address that `user_data` carries are free, and say what has ended.
    static constexpr std::uint64_t input = 0;
    static constexpr std::uint64_t space = 1;
    static constexpr std::uint64_t ignored = 2;
    static constexpr std::uint64_t accepted = 3;

    static std::uint64_t tagged(polled* on, std::uint64_t tag) {
        return reinterpret_cast<std::uint64_t>(on) | tag;
    }

    void start_accepting() {
        io_uring_sqe& entry = ring_.next();
        entry.opcode = IORING_OP_ACCEPT;
        entry.fd = listener_;
        entry.ioprio = IORING_ACCEPT_MULTISHOT;
        entry.accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
        entry.user_data = accepted;
    }

    void poll_for(polled* on, std::uint64_t what, std::uint32_t events, std::uint32_t mode) {
        io_uring_sqe& entry = ring_.next();
        entry.opcode = IORING_OP_POLL_ADD;
        entry.fd = on->descriptor();
        entry.poll32_events = events;
        entry.len = mode;
        entry.user_data = tagged(on, what);
        ++on->polls;
    }

    void poll_input(polled* on) {
        poll_for(on, input, EPOLLIN | EPOLLRDHUP | EPOLLET, IORING_POLL_ADD_MULTI);
    }

    void remove_poll(polled* on, std::uint64_t what) {
        io_uring_sqe& entry = ring_.next();
        entry.opcode = IORING_OP_POLL_REMOVE;
        entry.flags = IOSQE_CQE_SKIP_SUCCESS;
        entry.addr = tagged(on, what);
        entry.user_data = ignored;
    }

    void handle(const io_uring_cqe& completion) {
        const std::uint64_t tag = completion.user_data & 3;
        if (tag == ignored) return;
        if (tag == accepted) {
            take(completion);
            return;
        }
        auto* on = reinterpret_cast<polled*>(completion.user_data & ~std::uint64_t{3});
        const bool is_last = (completion.flags & IORING_CQE_F_MORE) == 0;
        if (is_last) --on->polls;
        if (tag == space) on->waits_for_space = false;
        if (!on->is_ended) serve(on, tag == input && is_last);
        if (!on->is_ended || on->polls > 0) return;
        close(on->descriptor());
        delete on;
    }

    void take(const io_uring_cqe& completion) {
        if (completion.res >= 0) {
            if (over_tcp_) send_at_once(completion.res);
            poll_input(new polled{completion.res});
        }
        if ((completion.flags & IORING_CQE_F_MORE) == 0) start_accepting();
    }

    void serve(polled* on, bool needs_poll) {
        const state now = on->serve();
        if (now == state::ended) {
            // A poll holds the socket, so that its end would not be sent: take it away first.
            on->is_ended = true;
            if (!needs_poll) remove_poll(on, input);
            if (on->waits_for_space) remove_poll(on, space);
            return;
        }
        if (now == state::waits_for_space && !on->waits_for_space) {
            on->waits_for_space = true;
            poll_for(on, space, EPOLLOUT, 0);
        }
        if (needs_poll) poll_input(on);
    }

    int listener_;
    bool over_tcp_ = is_over_tcp(listener_);
    ring ring_{1024};
};

}  // namespace

int main(int argc, char** argv) {
    server{begin(argc, argv, "io_uring, armed polls and plain recv and send")}.run();
}
