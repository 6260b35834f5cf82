// SPDX-License-Identifier: MIT

#include "timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace patio::detail {

namespace {

void append(node_links& list, node_links& node) noexcept {
    node.next = &list;
    node.prev = list.prev;
    list.prev->next = &node;
    list.prev = &node;
}

void unlink(node_links& node) noexcept {
    node.prev->next = node.next;
    node.next->prev = node.prev;
}

std::int64_t deadline_of(const node_links* node) noexcept {
    return static_cast<const wait_node*>(node)->deadline;
}

/// Two lists in order, linked by `next` and ended by null, as one; `first` goes first among equals.
node_links* merge(node_links* first, node_links* second) noexcept {
    node_links head;
    node_links* last = &head;
    while (first != nullptr && second != nullptr) {
        node_links*& earlier = deadline_of(first) <= deadline_of(second) ? first : second;
        last->next = earlier;
        last = earlier;
        earlier = earlier->next;
    }
    last->next = first != nullptr ? first : second;
    return head.next;
}

/// Sorts a list that is linked by `next` and ended by null: merges, since it must keep the order of
/// equals and may not allocate. Slots whose nodes came out of order are rare but may be long.
node_links* sorted(node_links* list) noexcept {
    node_links* runs[64];  // the i-th holds 2^i nodes or none
    std::size_t run_count = 0;
    while (list != nullptr) {
        node_links* run = std::exchange(list, list->next);
        run->next = nullptr;
        std::size_t i = 0;
        for (; i < run_count && runs[i] != nullptr; ++i)
            run = merge(std::exchange(runs[i], nullptr), run);
        runs[i] = run;
        run_count = std::max(run_count, i + 1);
    }
    node_links* result = nullptr;
    for (std::size_t i = 0; i < run_count; ++i)
        result = merge(runs[i], result);
    return result;
}

}  // namespace

timer_wheel::timer_wheel() noexcept {
    for (auto& level : slots_) {
        for (links& slot : level)
            slot.next = slot.prev = &slot;
    }
}

void timer_wheel::add(wait_node& node) noexcept {
    if (node.deadline == nanoseconds_max) [[unlikely]] {
        append(never_, node);
        return;
    }
    const std::uint64_t tick = std::max(tick_of(node.deadline), cursor_);
    const std::uint64_t difference = tick ^ cursor_;
    const auto level = difference == 0
                           ? 0U
                           : static_cast<unsigned>(63 - std::countl_zero(difference)) / digit_bits;
    const auto slot = (tick >> (digit_bits * level)) & (slot_count - 1);
    append(slots_[level][slot], node);
    occupied_[level] |= std::uint64_t{1} << slot;
    used_levels_ |= 1U << level;
}

void timer_wheel::remove(wait_node& node) noexcept {
    unlink(node);
    // A circle of one is a sentinel alone: perhaps a slot of ours, or the list of due nodes.
    if (node.next == node.prev) clear_if_empty(node.next);
}

void timer_wheel::clear_if_empty(const links* slot) noexcept {
    const links* first = &slots_[0][0];
    if (slot < first || slot >= first + level_count * slot_count || slot->next != slot) return;
    const auto index = static_cast<std::size_t>(slot - first);
    const auto level = index / slot_count;
    occupied_[level] &= ~(std::uint64_t{1} << (index % slot_count));
    if (occupied_[level] == 0) used_levels_ &= ~(1U << level);
}

std::uint64_t timer_wheel::slot_begin(std::size_t level, std::size_t slot) const noexcept {
    const auto shift = static_cast<unsigned>(digit_bits * level);
    const std::uint64_t above = (cursor_ >> shift >> digit_bits) << digit_bits;
    return std::max((above | slot) << shift, cursor_);
}

void timer_wheel::expire(std::int64_t now, node_list& due) noexcept {
    const std::uint64_t now_tick = tick_of(now);
    while (used_levels_ != 0) {
        const auto level = static_cast<std::size_t>(std::countr_zero(used_levels_));
        const auto slot = static_cast<std::size_t>(std::countr_zero(occupied_[level]));
        const std::uint64_t begin = slot_begin(level, slot);
        if (begin > now_tick) break;
        cursor_ = begin;
        if (level > 0) {
            deal_out(slots_[level][slot]);
        } else {
            expire_slot(slots_[level][slot], now, due);
            if (begin == now_tick) return;  // what is left in this slot is due within the tick
        }
    }
    cursor_ = std::max(cursor_, now_tick);
}

/// The cursor has reached the slot: its nodes move to lower levels, in their order.
void timer_wheel::deal_out(links& slot) noexcept {
    links* node = slot.next;
    slot.next = slot.prev = &slot;
    clear_if_empty(&slot);
    while (node != &slot) {
        links* following = node->next;
        __builtin_prefetch(following->next);
        add(*static_cast<wait_node*>(node));
        node = following;
    }
}

void timer_wheel::expire_slot(links& slot, std::int64_t now, node_list& due) noexcept {
    links* first = nullptr;  // the due ones, linked by `next`
    links** last = &first;
    std::int64_t latest = INT64_MIN;
    bool is_in_order = true;
    links* node = slot.next;
    while (node != &slot) {
        links* following = node->next;
        __builtin_prefetch(following->next);
        const std::int64_t deadline = deadline_of(node);
        if (deadline <= now) {
            unlink(*node);
            is_in_order = is_in_order && deadline >= latest;
            latest = deadline;
            *last = node;
            last = &node->next;
        }
        node = following;
    }
    *last = nullptr;
    clear_if_empty(&slot);
    if (!is_in_order) [[unlikely]]
        first = sorted(first);
    while (first != nullptr) {
        due.push_back(static_cast<wait_node&>(*std::exchange(first, first->next)));
    }
}

std::int64_t timer_wheel::earliest(std::size_t scan_max) const noexcept {
    const auto level = static_cast<std::size_t>(std::countr_zero(used_levels_));
    const auto slot = static_cast<std::size_t>(std::countr_zero(occupied_[level]));
    const links& list = slots_[level][slot];
    std::int64_t result = nanoseconds_max;
    std::size_t seen = 0;
    for (const links* node = list.next; node != &list; node = node->next) {
        if (seen++ == scan_max && level > 0) {  // on level 0 they fire within a tick anyway
            return static_cast<std::int64_t>(slot_begin(level, slot) << tick_shift);
        }
        result = std::min(result, deadline_of(node));
    }
    return result;
}

}  // namespace patio::detail
