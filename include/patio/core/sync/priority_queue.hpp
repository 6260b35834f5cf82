// SPDX-License-Identifier: MIT
#pragma once

// A queue that gives the most urgent item first.

#include <patio/core/sync/queue.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace patio {

/// The order in which the smallest item comes first, by `<`.
struct smallest_first {
    template <class T>
    [[nodiscard]] bool operator()(const T& a, const T& b) const noexcept {
        return a < b;
    }
};

namespace detail {

/// A heap; items of equal priority keep the order in which they came.
template <class T, class Compare>
class heap_items {
public:
    explicit heap_items(Compare is_before = {}) noexcept : is_before_(std::move(is_before)) {}
    heap_items(const heap_items&) = delete;
    heap_items& operator=(const heap_items&) = delete;
    ~heap_items() { clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void put(T&& item) {
        if (size_ == entries_.place_count()) [[unlikely]]
            entries_.grow(size_, [](std::size_t i) { return i; });
        rise(entry{std::move(item), next_number_++});
    }
    /// Only if there is one.
    [[nodiscard]] T take() noexcept {
        entry first = entries_.take(0);
        if (--size_ > 0) sink(entries_.take(size_));
        return std::move(first.item);
    }
    void clear() noexcept {
        while (size_ > 0)
            static_cast<void>(entries_.take(--size_));
    }

private:
    struct entry {
        entry(T&& source, std::uint64_t place_in_line) noexcept
            : item(std::move(source)), number{place_in_line} {}
        T item;
        std::uint64_t number;
    };

    [[nodiscard]] bool comes_before(const entry& a, const entry& b) const noexcept {
        if (is_before_(a.item, b.item)) return true;
        return !is_before_(b.item, a.item) && a.number < b.number;
    }
    /// Puts `last` in behind all others and lets it rise to its place.
    void rise(entry last) noexcept {
        std::size_t hole = size_++;
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 2;
            if (!comes_before(last, entries_[parent])) break;
            entries_.put(hole, entries_.take(parent));
            hole = parent;
        }
        entries_.put(hole, std::move(last));
    }
    /// Puts `top` in at the empty root and lets it sink to its place.
    void sink(entry top) noexcept {
        std::size_t hole = 0;
        for (;;) {
            std::size_t child = 2 * hole + 1;
            if (child >= size_) break;
            if (child + 1 < size_ && comes_before(entries_[child + 1], entries_[child])) ++child;
            if (!comes_before(entries_[child], top)) break;
            entries_.put(hole, entries_.take(child));
            hole = child;
        }
        entries_.put(hole, std::move(top));
    }

    // Invariant: the first size_ places are alive, and none comes before its parent (i - 1) / 2.
    item_buffer<entry> entries_;
    std::size_t size_ = 0;
    std::uint64_t next_number_ = 0;
    [[no_unique_address]] Compare is_before_;
};

}  // namespace detail

/// A `queue` whose `get()` takes the first item by `Compare`; among equals, the one that came
/// first.
///
/// `Compare(a, b)` says whether `a` comes before `b`: unlike in std::priority_queue, the smallest
/// item comes first if nothing is said. It must not throw; one that does ends the program.
///
/// **Order** an item that has to wait for room takes part when it comes in.
/// **Cost** O(log n) for each item.
template <class T, std::predicate<const T&, const T&> Compare = smallest_first>
class priority_queue final : public basic_queue<T, detail::heap_items<T, Compare>> {
    using base = basic_queue<T, detail::heap_items<T, Compare>>;

public:
    using base::base;
    explicit priority_queue(std::size_t capacity, Compare is_before)
        : base{typename base::ordered{}, capacity, std::move(is_before)} {}
    explicit priority_queue(unbounded_t tag, Compare is_before) noexcept
        : base{typename base::ordered{}, tag, std::move(is_before)} {}
};

}  // namespace patio
