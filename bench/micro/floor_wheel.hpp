// SPDX-License-Identifier: MIT
#pragma once

// A timer wheel with nothing in it but the timers: ticks of 1.024 µs, 64 slots a level.

#include <bit>
#include <cstdint>

#include "../support/harness.hpp"

namespace floor_of {

/// A timer that knows what to do when it fires. The wheel only links it.
struct timer_node {
    timer_node* next;
    timer_node* previous;
    std::uint64_t tick;
    void (*fire)(timer_node&);
};

/// Holds timers by their deadline, coarser the farther away they are.
///
/// A level-0 slot holds one tick. A slot of level n holds 64^n ticks and is spread over the level
/// below when its time comes, so a timer moves at most once per level.
class timer_wheel {
public:
    timer_wheel() {
        for (auto& level : slots_) {
            for (auto& slot : level)
                slot.next = slot.previous = &slot;
        }
    }

    static std::uint64_t tick_of(std::int64_t deadline_ns) {
        return (static_cast<std::uint64_t>(deadline_ns) + 1023) >> 10;
    }

    void insert(timer_node& node) {
        if (node.tick < now_) node.tick = now_;
        const int level = level_of(node.tick);
        const auto index = (node.tick >> (6 * level)) & 63;
        timer_node& slot = slots_[level][index];
        node.next = &slot;
        node.previous = slot.previous;
        slot.previous->next = &node;
        slot.previous = &node;
        occupied_[level] |= std::uint64_t{1} << index;
    }

    void remove(timer_node& node) {
        node.previous->next = node.next;
        node.next->previous = node.previous;
        if (node.next != node.previous) return;
        // Both neighbours are the slot's head, so the slot has become empty.
        const int level = level_of(node.tick);
        timer_node& slot = slots_[level][(node.tick >> (6 * level)) & 63];
        if (slot.next == &slot) occupied_[level] &= ~(std::uint64_t{1} << (&slot - slots_[level]));
    }

    /// A tick at or before which nothing is due, or the largest number when there are no timers.
    [[nodiscard]] std::uint64_t next_tick() const {
        for (int level = 0; level < levels; ++level) {
            if (occupied_[level] == 0) continue;
            const auto index = static_cast<std::uint64_t>(std::countr_zero(occupied_[level]));
            const auto above = now_ >> (6 * level) >> 6 << 6;
            const auto begin = (above | index) << (6 * level);
            return begin > now_ ? begin : now_;
        }
        return ~std::uint64_t{0};
    }

    /// Fires everything that is due at this tick, in order of ticks.
    void advance(std::uint64_t tick) {
        for (auto next = next_tick(); next <= tick; next = next_tick()) {
            now_ = next;
            drain_slot();
        }
        now_ = tick;
    }

private:
    static constexpr int levels = 9;

    int level_of(std::uint64_t tick) const {
        return (63 - std::countl_zero((tick ^ now_) | 63)) / 6;
    }

    /// Empties the first occupied slot: a level-0 slot fires, another one is spread further down.
    void drain_slot() {
        int level = 0;
        while (occupied_[level] == 0)
            ++level;
        const int index = std::countr_zero(occupied_[level]);
        timer_node& slot = slots_[level][index];
        timer_node* node = slot.next;
        slot.previous->next = nullptr;
        slot.next = slot.previous = &slot;
        occupied_[level] &= occupied_[level] - 1;
        while (node != nullptr) {
            timer_node& current = *node;
            node = node->next;
            if (level == 0) {
                current.fire(current);
            } else {
                insert(current);
            }
        }
    }

    std::uint64_t now_ = tick_of(bench::now_ns()) - 1;
    std::uint64_t occupied_[levels]{};
    timer_node slots_[levels][64];
};

}  // namespace floor_of
