// SPDX-License-Identifier: MIT

#include <patio/io/connect.hpp>

#include "connect_settings.hpp"
#include "socket_address.hpp"
#include "socket_transport.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace patio {
namespace detail {

namespace {

void set_option(int fd, int level, int option, int value) noexcept {
    ::setsockopt(fd, level, option, &value, sizeof value);
}

/// How long a local socket whose queue is full is left alone: unix(7) has no event for that.
constexpr duration full_queue_pause = duration::milliseconds(5);

}  // namespace

void connect_settings::set_up_tcp(int fd) const noexcept {
    if (options.no_delay_) set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.keep_alive_ <= duration{}) return;
    const auto seconds = options.keep_alive_.count() / 1'000'000'000;
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE,
               static_cast<int>(std::clamp<std::int64_t>(seconds, 1, 32'767)));
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 8);
}

file_descriptor connect_settings::make_socket(const endpoint& to) const {
    const socket_address address{to};
    file_descriptor made{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made) throw error::from_errno(errno, "making a socket");
    if (to.is_ip()) set_up_tcp(made.value());
    if (options.local_) {
        const socket_address local{*options.local_};
        // A port is chosen when the peer is known, so that many connections may share it.
        if (to.is_ip()) set_option(made.value(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        if (::bind(made.value(), local.data(), local.length) != 0) {
            throw error::from_errno(errno, "connecting from " + options.local_->to_string());
        }
    }
    return made;
}

namespace {

/// connect(2), and its result once the socket is ready.
class connect_call {
public:
    explicit connect_call(const endpoint& to) noexcept : address_{to} {}
    std::int64_t operator()(const fd_state& file) noexcept {
        if (!is_started_) {
            is_started_ = true;
            const std::int64_t result =
                or_errno(::connect(file.fd, address_.data(), address_.length));
            // EINTR: the connection goes on by itself (connect(2)).
            if (result == -EINPROGRESS || result == -EINTR) return -EAGAIN;
            return result == -EAGAIN ? -EBUSY : result;  // unix(7): the listener's queue is full
        }
        int failure = 0;
        socklen_t size = sizeof failure;
        if (::getsockopt(file.fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) return -errno;
        return -failure;
    }

private:
    socket_address address_;
    bool is_started_ = false;
};

async<open_file> connect_to(endpoint to, const connect_settings& settings) {
    for (;;) {
        open_file socket{settings.make_socket(to)};
        file_operation connecting{socket, fd_direction::out, connect_call{to}};
        const std::int64_t result = co_await std::move(connecting);
        if (result == 0) {
            socket.state().on_short_read = short_reads_of(to);
            co_return socket;
        }
        if (result != -EBUSY || !to.is_unix()) {
            throw error::from_errno(static_cast<int>(-result), to.to_string());
        }
        socket.close();
        co_await sleep(full_queue_pause);
    }
}

struct failed_attempt {
    endpoint at;
    std::error_code code;
};

/// What the attempts of one connection share.
struct attempts {
    open_file winner;
    std::vector<failed_attempt> failures;
    std::size_t ended_count = 0;
    event one_ended;
};

async<> attempt(endpoint to, const connect_settings& settings, attempts& all) {
    try {
        std::optional<open_file> socket =
            co_await move_on_after(settings.attempt_timeout(), connect_to(to, settings));
        if (!socket) {
            all.failures.push_back({to, make_error_code(std::errc::timed_out)});
        } else if (!all.winner) {
            all.winner = std::move(*socket);
        }
    } catch (const error& failure) {
        all.failures.push_back({to, failure.code()});
    }
    ++all.ended_count;
    all.one_ended.set();
}

/// "connecting to example.org:80 (192.0.2.1:80: timed out; [2001:db8::1]:80: refused): timed out"
[[noreturn]] void throw_all(const std::vector<failed_attempt>& failures, const std::string& doing) {
    const std::error_code first = failures.front().code;
    std::string said;
    for (const failed_attempt& failure : failures) {
        if (!said.empty()) said += "; ";
        said += failure.at.to_string();
        if (failures.size() > 1) said += ": " + failure.code.message();
    }
    if (failures.size() == 1 && doing.ends_with(said)) throw error{first, doing};
    throw error{first, doing + " (" + said + ")"};
}

/// Each address gets a head start; one that fails lets the next one begin at once.
async<open_file> connect_to_any(std::vector<endpoint> to, const connect_settings& settings,
                                std::string doing) {
    attempts all;
    const auto race_them = [&](task_group& racing) -> async<> {
        std::size_t started_count = 0;
        while (!all.winner && all.ended_count < to.size()) {
            if (started_count < to.size()) {
                racing.spawn(attempt(to[started_count], settings, all));
                ++started_count;
            }
            all.one_ended.clear();
            const duration patience =
                started_count < to.size() ? settings.attempt_delay() : duration::forever();
            co_await move_on_after(patience, all.one_ended.wait());
        }
        racing.cancel("another address has answered");
    };
    co_await with_task_group(race_them);
    if (!all.winner) throw_all(all.failures, doing);
    co_return std::move(all.winner);
}

}  // namespace

async<stream> connect_and_greet(std::vector<endpoint> to, const connect_settings& settings,
                                std::string host, std::string doing) {
    if (to.empty()) throw usage_error{"open_connection needs an address"};
    open_file socket = co_await connect_to_any(std::move(to), settings, doing);
    stream opened{std::make_unique<socket_transport>(std::move(socket)), settings.limits()};
    if (settings.layer() != nullptr) {
        auto greeting = settings.layer()->start(opened, std::move(host));
        co_await std::move(greeting);
    }
    co_return opened;
}

async<stream> within_time(async<stream> opening, duration limit, std::string doing) {
    if (limit == duration::forever()) {
        stream opened = co_await std::move(opening);
        co_return opened;
    }
    std::optional<stream> opened = co_await move_on_after(limit, std::move(opening));
    if (!opened) throw error{make_error_code(std::errc::timed_out), doing};
    co_return std::move(*opened);
}

}  // namespace detail

async<stream> open_connection(endpoint to, connect_options options) {
    std::vector<endpoint> only;
    only.push_back(std::move(to));
    auto opening = open_connection(std::move(only), std::move(options));
    stream opened = co_await std::move(opening);
    co_return opened;
}

async<stream> open_connection(std::vector<endpoint> to, connect_options options) {
    const detail::connect_settings settings{std::move(options)};
    std::string doing = "connecting";
    std::string host;
    if (!to.empty()) {
        doing += " to " + to.front().to_string();
        if (to.front().is_ip()) host = to.front().address().to_string();
    }
    auto opening = detail::connect_and_greet(std::move(to), settings, std::move(host), doing);
    stream opened = co_await detail::within_time(std::move(opening), settings.timeout(), doing);
    co_return opened;
}

async<stream> open_unix_connection(std::string path, connect_options options) {
    auto opening = open_connection(endpoint::unix_socket(path), std::move(options));
    stream opened = co_await std::move(opening);
    co_return opened;
}

}  // namespace patio
