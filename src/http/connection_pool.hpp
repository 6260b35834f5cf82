// SPDX-License-Identifier: MIT
#pragma once

// The connections of one client: those that wait for another request, and those who wait for one.

#include "connection_slot.hpp"
#include "http1_connection.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/sync/event.hpp>

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace patio::http::detail {

struct pool_waiter;
class loop_pools;

/// What the pool knows of one origin, or of a proxy that stands for many.
struct pool_origin {
    explicit pool_origin(std::string key_) : key{std::move(key_)} {}

    const std::string key;
    std::vector<std::unique_ptr<http1_connection>> idle;  // the one that was used last is last
    std::size_t connection_count = 0;                     // with the idle ones
    std::size_t waiter_count = 0;
};

/// What somebody who waits for a connection gets: one that is kept, or the right to open one.
struct pool_grant {
    std::unique_ptr<http1_connection> kept;
    connection_slot slot;  // unless there is a kept one, which has its own
    explicit operator bool() const noexcept { return kept != nullptr || slot; }
};

/// Which connections may serve a request.
enum class pool_choice : std::uint8_t {
    any,
    /// One that has not served before: those that are kept may all have been closed.
    fresh,
};

/// How many connections, and how long they are kept.
struct pool_bounds {
    std::size_t connections_max;
    std::size_t origin_connections_max;
    duration idle_timeout;
};

/// Keeps connections that can serve again, and counts all. Who finds none free waits in line: first
/// come, first served, but nobody is held up by those who wait for another origin.
///
/// Idle connections are closed by a timer of the loop, and not by a task: nothing has to be waited
/// for when the program ends. A loop that ends closes those that are left.
///
/// **Threads** one loop's.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
public:
    explicit connection_pool(pool_bounds bounds) noexcept : bounds_{bounds} {}
    connection_pool(const connection_pool&) = delete;
    connection_pool& operator=(const connection_pool&) = delete;
    ~connection_pool();

    /// Waits for its turn. **Cancel** the place in the line is given up; what was handed over
    /// before goes to the next one.
    [[nodiscard]] async<pool_grant> acquire(std::string key, pool_choice choice);
    /// Takes a connection that can serve again; closes it if nobody can have it any more.
    void give_back(std::unique_ptr<http1_connection> used) noexcept;
    /// Closes what is kept; with `close`, also all that comes back from here on.
    void close_idle() noexcept;
    void close() noexcept;

    [[nodiscard]] std::size_t connection_count() const noexcept { return connection_count_; }
    [[nodiscard]] std::size_t idle_count() const noexcept { return idle_count_; }

private:
    friend connection_slot;
    friend pool_waiter;
    friend loop_pools;

    struct idle_timer : patio::detail::callback_node {
        connection_pool* owner = nullptr;
        bool is_armed = false;
    };

    [[nodiscard]] static async<pool_grant> wait_in_line(std::shared_ptr<connection_pool> self,
                                                        std::string key, pool_choice choice);
    [[nodiscard]] pool_origin& origin_of(const std::string& key);
    /// A grant, or an empty one.
    [[nodiscard]] pool_grant try_grant(pool_origin& of, pool_choice choice);
    [[nodiscard]] connection_slot take_slot(pool_origin& of);
    void release_slot(pool_origin& of) noexcept;
    void serve_next() noexcept;
    void forget_if_unused(pool_origin& of) noexcept;
    /// Takes the connection out that has been idle for longest; null if there is none.
    [[nodiscard]] std::unique_ptr<http1_connection> take_oldest_idle() noexcept;
    void close_expired() noexcept;
    void watch_idle() noexcept;
    void loop_ends() noexcept;

    const pool_bounds bounds_;
    bool is_closed_ = false;
    bool is_serving_ = false;
    // Each connection that is open, or about to be, has a slot, and is counted here and in its
    // origin. An origin is there as long as it has a connection or a waiter.
    std::size_t connection_count_ = 0;
    std::size_t idle_count_ = 0;
    std::map<std::string, pool_origin, std::less<>> origins_;
    std::list<pool_waiter*> line_;
    idle_timer timer_;
    loop_pools* home_ = nullptr;  // where the timer is
};

}  // namespace patio::http::detail
