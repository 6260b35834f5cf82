// SPDX-License-Identifier: MIT

#include "name_query.hpp"

#include "resolver_files.hpp"
#include "socket_address.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <ares.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/uio.h>

namespace patio::detail {

namespace {

bool means_lack(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

/// c-ares counts in milliseconds that fit an int, and doubles them with each round.
int in_milliseconds(duration time) noexcept {
    const std::int64_t count = time.count() / 1'000'000;
    return static_cast<int>(std::clamp<std::int64_t>(count, 1, 3'600'000));
}

resolver_patience patience_of_system(const std::string& resolv_conf) {
    resolver_patience patience;
    try {
        patience = read_patience(read_small_file(resolv_conf));
    } catch (const error&) {  // NOLINT: without the file the defaults hold
    }
    if (const char* options = std::getenv("RES_OPTIONS")) read_patience_options(options, patience);
    return patience;
}

}  // namespace

/// Sockets are made by us: c-ares would leave a moment in which a program that is executed by
/// another thread inherits them, and would write to a closed connection without MSG_NOSIGNAL.
struct name_query::callbacks {
    static name_query& self(void* data) noexcept { return *static_cast<name_query*>(data); }

    static void ended(void* data, int status, int /*timeouts*/, ares_addrinfo* answer) noexcept {
        name_query& query = self(data);
        query.status_ = status;
        query.answer_ = answer;
        query.has_ended_ = true;
    }

    static int open(int family, int type, int protocol, void* data) noexcept {
        name_query& query = self(data);
        // Sorting opens a socket for each address to see where it is routed. Too many addresses
        // will be refused in any case.
        if (protocol == IPPROTO_UDP && ++query.sorting_count_ > query.settings_.answers_max) {
            errno = EMFILE;
            return -1;
        }
        const int fd = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
        if (fd < 0 && means_lack(errno)) query.lack_ = errno;
        if (fd >= 0 && type == SOCK_STREAM) {
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        return fd;
    }
    static int close(int fd, void* /*data*/) noexcept { return ::close(fd); }
    static int connect(int fd, const sockaddr* to, socklen_t size, void* /*data*/) noexcept {
        return ::connect(fd, to, size);
    }
    static ssize_t receive(int fd, void* buffer, std::size_t size, int flags, sockaddr* from,
                           socklen_t* from_size, void* /*data*/) noexcept {
        return ::recvfrom(fd, buffer, size, flags, from, from_size);
    }
    static ssize_t send(int fd, const iovec* parts, int count, void* /*data*/) noexcept {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts);
        message.msg_iovlen = static_cast<std::size_t>(count);
        return ::sendmsg(fd, &message, MSG_NOSIGNAL);
    }

    /// A socket begins, changes or ends to be of interest.
    static void watch(void* data, int fd, int readable, int writable) noexcept {
        name_query& query = self(data);
        if (query.watcher() < 0) query.epoll_ = file_descriptor{::epoll_create1(EPOLL_CLOEXEC)};
        if (query.watcher() < 0) {
            query.watch_error_ = errno;
            return;
        }
        epoll_event interest{};
        interest.events = (readable != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                          (writable != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
        interest.data.fd = fd;
        if (interest.events == 0) {
            ::epoll_ctl(query.watcher(), EPOLL_CTL_DEL, fd, nullptr);
        } else if (::epoll_ctl(query.watcher(), EPOLL_CTL_MOD, fd, &interest) != 0 &&
                   ::epoll_ctl(query.watcher(), EPOLL_CTL_ADD, fd, &interest) != 0) {
            query.watch_error_ = errno;
        }
    }

    static constexpr ares_socket_functions sockets = {open, close, connect, receive, send};
};

name_query::name_query(const std::string& name, const resolve_settings& settings)
    : name_{name}, settings_{settings} {
    // For the platforms that need it; c-ares counts the calls under no lock.
    static const int library_status = ::ares_library_init(ARES_LIB_INIT_ALL);
    status_ = library_status;
    if (status_ != ARES_SUCCESS) fail();
    configure(settings);
    try {
        if (!settings.name_servers.empty()) set_servers(settings.name_servers);
    } catch (...) {
        ::ares_destroy(channel_);  // the destructor of what was not constructed does not run
        throw;
    }
    ::ares_set_socket_functions(channel_, &callbacks::sockets, this);
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    if (settings.family) hints.ai_family = *settings.family == ip_family::v4 ? AF_INET : AF_INET6;
    ::ares_getaddrinfo(channel_, name_.c_str(), nullptr, &hints, &callbacks::ended, this);
}

name_query::~name_query() {
    ::ares_destroy(channel_);  // calls `ended` if that was not called yet, and closes the sockets
    if (answer_ != nullptr) ::ares_freeaddrinfo(answer_);
    if (file_ != nullptr) driver_->close(*file_);
}

void name_query::configure(const resolve_settings& settings) {
    ares_options options{};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    options.sock_state_cb = &callbacks::watch;
    options.sock_state_cb_data = this;

    resolver_patience patience;
    if (!settings.timeout || !settings.tries) {
        patience = patience_of_system(settings.resolv_conf.empty() ? "/etc/resolv.conf"
                                                                   : settings.resolv_conf);
    }
    options.timeout =
        in_milliseconds(settings.timeout.value_or(duration::seconds(patience.timeout_seconds)));
    options.tries = settings.tries.value_or(patience.attempts);

    // c-ares copies all of these and changes none.
    if (!settings.resolv_conf.empty()) {
        mask |= ARES_OPT_RESOLVCONF;
        options.resolvconf_path = const_cast<char*>(settings.resolv_conf.c_str());
    }
    char only_servers[] = "b";
    if (!settings.hosts_file.empty()) {
        mask |= ARES_OPT_LOOKUPS;
        options.lookups = only_servers;
    }
    std::vector<char*> domains;
    if (settings.search_domains) {
        for (const std::string& domain : *settings.search_domains)
            domains.push_back(const_cast<char*>(domain.c_str()));
        mask |= ARES_OPT_DOMAINS;
        options.domains = domains.data();
        options.ndomains = static_cast<int>(domains.size());
    }
    status_ = ::ares_init_options(&channel_, &options, mask);
    if (status_ != ARES_SUCCESS) fail();
}

void name_query::set_servers(const std::vector<endpoint>& servers) {
    std::vector<ares_addr_port_node> nodes(servers.size());
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const ip_address& address = servers[i].address();
        nodes[i].next = i + 1 < servers.size() ? &nodes[i + 1] : nullptr;
        nodes[i].family = address.is_v4() ? AF_INET : AF_INET6;
        nodes[i].udp_port = servers[i].port();
        nodes[i].tcp_port = servers[i].port();
        std::memcpy(&nodes[i].addr, address.data(), address.size());
    }
    status_ = ::ares_set_servers_ports(channel_, nodes.data());
    if (status_ != ARES_SUCCESS) fail();
}

ready_operation name_query::readable() {
    if (watch_error_ != 0) throw error::from_errno(watch_error_, doing());
    if (file_ == nullptr) {
        driver_ = &io_driver::of_this_loop();
        file_ = &driver_->adopt(std::move(epoll_));
    }
    return ready_operation{*driver_, *file_, fd_direction::in};
}

duration name_query::time_left() const noexcept {
    timeval room{};
    const timeval* left = ::ares_timeout(channel_, nullptr, &room);
    if (left == nullptr) return duration::forever();
    // c-ares rounds down to milliseconds and would be called in vain for the rest of the last one.
    return duration::milliseconds(std::int64_t{left->tv_sec} * 1000 + left->tv_usec / 1000 + 1);
}

void name_query::process() noexcept {
    // Cleared before looking: what comes from here on is another edge.
    file_->clear_ready(fd_direction::in);
    bool is_empty = false;
    for (int round = 0; round < rounds_max && !is_empty && !has_ended_; ++round) {
        epoll_event events[8];
        const int count = ::epoll_wait(file_->fd, events, 8, 0);
        for (int i = 0; i < count && !has_ended_; ++i) {
            // The socket may have been closed by the one before: c-ares knows its own.
            const bool is_writable = (events[i].events & EPOLLOUT) != 0;
            const bool is_readable = (events[i].events & ~static_cast<unsigned>(EPOLLOUT)) != 0;
            ::ares_process_fd(channel_, is_readable ? events[i].data.fd : ARES_SOCKET_BAD,
                              is_writable ? events[i].data.fd : ARES_SOCKET_BAD);
        }
        is_empty = count <= 0;
    }
    if (!is_empty) file_->ready |= fd_ready::in;
    if (!has_ended_) ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

std::vector<ip_address> name_query::addresses() const {
    if (status_ != ARES_SUCCESS || answer_ == nullptr) fail();
    std::vector<ip_address> found;
    for (const ares_addrinfo_node* node = answer_->nodes; node != nullptr; node = node->ai_next) {
        const socket_address each{node->ai_addr, static_cast<socklen_t>(node->ai_addrlen)};
        const ip_address address = each.to_endpoint().address();
        if (std::find(found.begin(), found.end(), address) != found.end()) continue;
        if (found.size() == settings_.answers_max) {
            throw limit_exceeded{"answers_max", settings_.answers_max};
        }
        found.push_back(address);
    }
    if (found.empty()) throw error{errc::host_not_found, doing()};
    return found;
}

std::string name_query::doing() const { return "resolving " + name_; }

void name_query::fail() const {
    switch (status_) {
        case ARES_ENOMEM:
            throw std::bad_alloc{};
        case ARES_ENOTFOUND:
        case ARES_ENODATA:
        case ARES_ENONAME:
            throw error{errc::host_not_found, doing()};
        case ARES_ETIMEOUT:
            throw error{std::make_error_code(std::errc::timed_out), doing()};
        case ARES_EBADNAME:
            throw error{errc::malformed, doing()};
        default:
            // "Cannot be reached" is what c-ares says when it could not open a socket.
            if (lack_ != 0) throw error::from_errno(lack_, doing());
            throw error{errc::name_server_failed, doing()};
    }
}

}  // namespace patio::detail
