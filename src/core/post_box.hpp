// SPDX-License-Identifier: MIT
#pragma once

// The one part of a loop that other threads touch.

#include <patio/core/loop.hpp>

#include <cstdint>

namespace patio::detail {

/// Takes callbacks for a loop from any thread. Counted: a `loop_handle` may outlive its loop.
///
/// Callbacks stand on a lock-free stack (Treiber's), newest on top; the loop takes the whole stack
/// at once and turns it round. `take_all`, `park`, `unpark` and `close` are the loop's, everything
/// else is anybody's.
class post_box {
public:
    explicit post_box(driver& waits) noexcept : waits_{waits} {}
    post_box(const post_box&) = delete;
    post_box& operator=(const post_box&) = delete;

    /// False if the loop has ended; the node stays the caller's.
    bool post(callback_node& node) noexcept;
    [[nodiscard]] bool is_empty() const noexcept;

    /// All posted nodes, oldest first, linked by `next`.
    [[nodiscard]] callback_node* take_all() noexcept;
    /// Before the loop sleeps. False if it must not: something was posted.
    [[nodiscard]] bool park() noexcept;
    void unpark() noexcept;
    /// The loop ends: drops what is left and refuses what comes. The driver is not touched after
    /// this.
    void close() noexcept;

    // Handles keep the box alive, and tell the loop that something outside may call.
    void add_handle() noexcept;
    void drop_handle() noexcept;
    [[nodiscard]] bool has_handles() const noexcept;
    // The loop itself, and whoever only knows its name, keep the box alive and tell it nothing.
    void add_ref() noexcept;
    void drop() noexcept;

private:
    ~post_box() = default;
    void wake() noexcept;

    driver& waits_;
    callback_node* top_ = nullptr;
    std::uint32_t is_parked_ = 0;  // the loop sleeps or is about to
    std::uint32_t wakers_ = 0;     // threads inside wake()
    std::uint32_t handles_ = 0;
    std::uint32_t refs_ = 1;
};

}  // namespace patio::detail
