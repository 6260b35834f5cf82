// SPDX-License-Identifier: MIT
#pragma once

// One question to the name servers: c-ares, driven by our loop.

#include "file_descriptor.hpp"
#include "io_driver.hpp"

#include <patio/base/duration.hpp>
#include <patio/io/address.hpp>
#include <patio/io/resolve.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

struct ares_addrinfo;
struct ares_channeldata;
struct iovec;

namespace patio::detail {

/// Asks for the addresses of a name, from its construction to `has_ended()`:
///
/// ```
/// name_query query{name, settings};
/// while (!query.has_ended()) { wait for `readable()` or `time_left()`; query.process(); }
/// … query.addresses() …
/// ```
///
/// Each question has a channel of its own. It costs some 70 µs of computing, nearly all of it for
/// reading the system's configuration, and gives in return what a shared one could not: a question
/// that is cancelled ends with its sockets, whatever else is being asked; changed configuration is
/// seen by the next question; questions with other servers and times do not meet.
///
/// c-ares opens and closes sockets as it likes, and is watched with one descriptor for all of them:
/// an epoll instance, which the loop's driver polls as any other file. So a change of interest is
/// one system call and never a waiter to park or to take back.
///
/// **Threads** the loop's.
class PATIO_EXPORT name_query {
public:
    name_query(const std::string& name, const resolve_settings& settings);
    name_query(const name_query&) = delete;
    name_query& operator=(const name_query&) = delete;
    /// Ends it, if it has not ended: sockets and memory are free when this returns.
    ~name_query();

    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    /// Until a socket has something for `process()`. **Fails** with what kept it from being
    /// watched.
    [[nodiscard]] ready_operation readable();
    /// Until `process()` must be called although no socket has anything.
    [[nodiscard]] duration time_left() const noexcept;
    /// Takes what has come, sends what has to be sent again.
    void process() noexcept;

    /// The answer. **Fails** with the errors that `resolve` has.
    [[nodiscard]] std::vector<ip_address> addresses() const;

private:
    struct callbacks;  // what c-ares calls

    void configure(const resolve_settings& settings);
    void set_servers(const std::vector<endpoint>& servers);
    [[noreturn]] void fail() const;
    [[nodiscard]] int watcher() const noexcept { return file_ ? file_->fd : epoll_.value(); }
    [[nodiscard]] std::string doing() const;

    // What each call of `process` takes from the sockets at most: the rest waits for a turn.
    static constexpr int rounds_max = 64;

    const std::string name_;
    const resolve_settings& settings_;
    ares_channeldata* channel_ = nullptr;
    ares_addrinfo* answer_ = nullptr;  // owned
    int status_ = 0;                   // of c-ares
    bool has_ended_ = false;
    int lack_ = 0;                   // errno, if there was no descriptor or no memory for a socket
    int watch_error_ = 0;            // errno, if a socket cannot be watched
    std::size_t sorting_count_ = 0;  // sockets that were opened to find out about routes
    file_descriptor epoll_;          // moves to …
    fd_state* file_ = nullptr;       // … the driver when it is waited for
    io_driver* driver_ = nullptr;
};

}  // namespace patio::detail
