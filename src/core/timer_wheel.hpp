// SPDX-License-Identifier: MIT
#pragma once

// All deadlines of a loop: a radix wheel with intrusive nodes.
//
// Chosen over heaps by measurement: with a thousand or a million timers it inserts and cancels in a
// fifth of a heap's time, and request timeouts are nearly always cancelled. After Varghese and
// Lauck, "Hashed and hierarchical timing wheels" (1987), with radix digits as in a trie.

#include <patio/core/detail/wait_node.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::detail {

/// Fires nodes in the order of (deadline, insertion), exactly and never early.
///
/// A tick is 1.024 µs; level k holds deadlines whose tick differs from the cursor's first in the
/// k-th group of 6 bits. Nodes with the same tick stand in one slot and are sorted by their exact
/// deadline when it is due. Invariant: on levels above 0 no slot that covers the cursor holds a
/// node; hence nodes with equal deadlines keep their order when a slot is dealt out to the level
/// below: nothing can have been inserted there before.
class PATIO_EXPORT timer_wheel {  // exported for tests only
public:
    timer_wheel() noexcept;
    timer_wheel(const timer_wheel&) = delete;
    timer_wheel& operator=(const timer_wheel&) = delete;

    /// Whether nothing in it will ever fire.
    [[nodiscard]] bool empty() const noexcept { return used_levels_ == 0; }

    /// The node's deadline is set; one in the past fires in the next `expire`, one of
    /// `time_point::never()` not even when that time comes.
    void add(wait_node& node) noexcept;
    /// The node stands in the wheel, or in the list that `expire` filled.
    void remove(wait_node& node) noexcept;

    /// Moves every node whose deadline is at or before `now` to the end of `due`, in order.
    void expire(std::int64_t now, node_list& due) noexcept;

    /// The earliest deadline; only if `empty()` is false. It may be too early by the width of a
    /// slot if that is wider than a tick and holds more than `scan_max` nodes: waking up early and
    /// looking again is cheaper than reading them.
    [[nodiscard]] std::int64_t earliest(std::size_t scan_max) const noexcept;

private:
    static constexpr int tick_shift = 10;
    static constexpr int digit_bits = 6;
    static constexpr std::size_t slot_count = 1U << digit_bits;
    static constexpr std::size_t level_count = (64 - tick_shift + digit_bits - 1) / digit_bits;

    using links = node_links;

    [[nodiscard]] static std::uint64_t tick_of(std::int64_t deadline) noexcept {
        return deadline <= 0 ? 0 : static_cast<std::uint64_t>(deadline) >> tick_shift;
    }
    [[nodiscard]] std::uint64_t slot_begin(std::size_t level, std::size_t slot) const noexcept;
    void clear_if_empty(const links* slot) noexcept;
    void deal_out(links& slot) noexcept;
    void expire_slot(links& slot, std::int64_t now, node_list& due) noexcept;

    links never_{&never_, &never_};  // deadlines of never(): nothing in here will fire
    links slots_[level_count][slot_count];
    std::uint64_t occupied_[level_count] = {};  // a bit for each slot that is not empty
    std::uint32_t used_levels_ = 0;             // a bit for each level with one
    std::uint64_t cursor_ = 0;                  // the tick up to which everything has fired
};

}  // namespace patio::detail
