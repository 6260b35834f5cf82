// SPDX-License-Identifier: MIT

// The load of the network benchmarks: connections that send a message, wait for its echo, and send
// the next. One thread, one epoll instance, two system calls for a message, nothing allocated.
//
//     bench_net_load echo|connect ADDRESS SERVER_PID [name=number…]
//
// ADDRESS is `tcp:PORT`, `tls:PORT`, `ws:PORT` or `unix:PATH`. Prints one line of JSON.

#include "load_connection.hpp"
#include "load_stats.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

namespace {

using namespace bench;

struct settings {
    double connections = 64;
    double size = 64;          // bytes of a message
    double warm_s = 0.2;       // before anything is measured
    double warm_requests = 0;  // and at least so many, within warm_s_max
    double seconds = 0.5;      // the measured phase
    double count_s = 0;        // a phase after it, with counters: they cost the server time
    double requests = 1e9;     // no phase has more
};

/// What happens on a connection after its message has come back.
enum class work { echo, connect };

class load {
public:
    load(work kind, const address& server, const settings& chosen)
        : kind_{kind},
          server_{server},
          chosen_{chosen},
          message_{server.kind, static_cast<std::size_t>(chosen.size)},
          connections_(static_cast<std::size_t>(chosen.connections)) {
        expect(epoll_ >= 0, "an epoll instance can be made");
    }

    void start() {
        for (connection& each : connections_)
            open(each);
        for (connection& each : connections_)
            send_next(each);
    }

    /// Lets the server fill its caches and its compiler, if it has one, do its work.
    void warm_up() {
        run_for(chosen_.warm_s);
        const auto end_ns = now_ns_ + std::int64_t{warm_s_max} * 1'000'000'000;
        while (requests_ < static_cast<std::int64_t>(chosen_.warm_requests) && now_ns_ < end_ns)
            turn();
    }

    /// Keeps all connections busy for so long; what it finishes is in `requests()`.
    void run_for(double seconds) {
        latencies_.clear();
        requests_ = 0;
        now_ns_ = now_ns();
        const auto end_ns = now_ns_ + static_cast<std::int64_t>(seconds * 1e9);
        const auto requests_max = static_cast<std::int64_t>(chosen_.requests);
        while (now_ns_ < end_ns && requests_ < requests_max)
            turn();
    }

    [[nodiscard]] std::int64_t requests() const { return requests_; }
    [[nodiscard]] const latency_histogram& latencies() const { return latencies_; }

private:
    static constexpr int events_max = 256;
    static constexpr int stall_ms = 10'000;
    static constexpr int warm_s_max = 5;

    void open(connection& on) {
        on.open(server_);
        watch(EPOLL_CTL_ADD, on, EPOLLIN | EPOLLRDHUP);
    }

    void watch(int operation, connection& on, std::uint32_t events) {
        epoll_event event{};
        event.events = events | EPOLLET;
        event.data.ptr = &on;
        expect(epoll_ctl(epoll_, operation, on.descriptor(), &event) == 0, "epoll takes it");
    }

    void turn() {
        const int count = epoll_wait(epoll_, events_, events_max, stall_ms);
        expect(count != 0, "the server answers within ten seconds");
        now_ns_ = now_ns();
        for (int i = 0; i < count; ++i) {
            connection& on = *static_cast<connection*>(events_[i].data.ptr);
            if ((events_[i].events & EPOLLOUT) != 0) send_rest(on);
            if ((events_[i].events & ~std::uint32_t{EPOLLOUT}) != 0) receive(on);
        }
    }

    void send_next(connection& on) {
        on.begin_message(now_ns());
        if (!on.send(message_)) watch(EPOLL_CTL_MOD, on, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
    }

    void send_rest(connection& on) {
        if (on.is_sent(message_) || !on.send(message_)) return;
        watch(EPOLL_CTL_MOD, on, EPOLLIN | EPOLLRDHUP);
    }

    void receive(connection& on) {
        if (on.is_closing()) {
            if (!on.receive_end()) return;
            on.close();
            finish(on);
            open(on);
            send_next(on);
        } else if (on.receive(message_)) {
            if (kind_ == work::connect) {
                on.shut_down();
            } else {
                finish(on);
                send_next(on);
            }
        }
    }

    void finish(const connection& on) {
        now_ns_ = now_ns();
        latencies_.add(now_ns_ - on.begin_ns());
        ++requests_;
    }

    work kind_;
    address server_;
    settings chosen_;
    message message_;
    std::vector<connection> connections_;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event events_[events_max]{};
    latency_histogram latencies_;
    std::int64_t requests_ = 0;
    std::int64_t now_ns_ = 0;
};

/// Runs a phase with counters on the server and prints what they showed, for one request.
void count_events(load& on, pid_t server, double seconds) {
    const auto tracepoint = syscall_tracepoint();
    std::optional<event_counter> calls;
    if (tracepoint != 0) calls.emplace(server, PERF_TYPE_TRACEPOINT, tracepoint);
    const event_counter instructions{server, PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS};
    on.run_for(seconds);
    const auto print = [&](const char* name, std::optional<std::uint64_t> count) {
        if (!count) return;
        const auto each = static_cast<double>(*count) / static_cast<double>(on.requests());
        std::printf(", \"%s\": %.2f", name, each);
    };
    print("syscalls", calls ? calls->count() : std::nullopt);
    print("instructions", instructions.count());
}

void measure(load& on, pid_t server, const settings& chosen) {
    const clockid_t server_clock = cpu_clock_of(server);
    on.warm_up();
    const moment begin = moment::now(server_clock);
    on.run_for(chosen.seconds);
    const moment took = moment::now(server_clock) - begin;
    std::printf(
        "{\"requests\": %lld, \"wall_ns\": %lld, \"server_cpu_ns\": %lld, "
        "\"client_cpu_ns\": %lld, \"p50_ns\": %lld, \"p99_ns\": %lld",
        static_cast<long long>(on.requests()), static_cast<long long>(took.wall_ns),
        static_cast<long long>(took.server_cpu_ns), static_cast<long long>(took.client_cpu_ns),
        static_cast<long long>(on.latencies().quantile_ns(0.5)),
        static_cast<long long>(on.latencies().quantile_ns(0.99)));
    if (chosen.count_s > 0) count_events(on, server, chosen.count_s);
    std::puts("}");
}

[[noreturn]] void misuse(const char* about) {
    std::fprintf(stderr,
                 "%s\nusage: bench_net_load echo|connect ADDRESS SERVER_PID [name=number…]\n",
                 about);
    std::exit(2);
}

void set(settings& to, std::string_view option) {
    const auto equals = option.find('=');
    if (equals == std::string_view::npos) misuse("an option is name=number");
    const auto name = option.substr(0, equals);
    const double value = std::atof(option.data() + equals + 1);
    if (name == "connections")
        to.connections = value;
    else if (name == "size")
        to.size = value;
    else if (name == "warm_s")
        to.warm_s = value;
    else if (name == "warm_requests")
        to.warm_requests = value;
    else if (name == "seconds")
        to.seconds = value;
    else if (name == "count_s")
        to.count_s = value;
    else if (name == "requests")
        to.requests = value;
    else
        misuse("no option has this name");
}

/// A thousand connections are more descriptors than many shells allow a program at first.
void allow_many_descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) misuse("too few arguments");
    const std::string_view kind = argv[1];
    if (kind != "echo" && kind != "connect") misuse("the work is echo or connect");
    const auto server = address::parse(argv[2]);
    if (!server) misuse("an address is tcp:PORT, tls:PORT, ws:PORT or unix:PATH");
    settings chosen;
    for (int i = 4; i < argc; ++i)
        set(chosen, argv[i]);
    signal(SIGPIPE, SIG_IGN);
    allow_many_descriptors();
    load running{kind == "echo" ? work::echo : work::connect, *server, chosen};
    running.start();
    measure(running, std::atoi(argv[3]), chosen);
}
