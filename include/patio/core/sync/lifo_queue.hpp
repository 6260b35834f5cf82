// SPDX-License-Identifier: MIT
#pragma once

// A queue that gives the newest item first.

#include <patio/core/sync/queue.hpp>

#include <cstddef>
#include <utility>

namespace patio {

namespace detail {

/// Last in, first out.
template <class T>
class lifo_items {
public:
    lifo_items() noexcept = default;
    lifo_items(const lifo_items&) = delete;
    lifo_items& operator=(const lifo_items&) = delete;
    ~lifo_items() { clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void put(T&& item) {
        if (size_ == items_.place_count()) [[unlikely]]
            items_.grow(size_, [](std::size_t i) { return i; });
        items_.put(size_, std::move(item));
        ++size_;
    }
    /// Only if there is one.
    [[nodiscard]] T take() noexcept { return items_.take(--size_); }
    void clear() noexcept {
        while (size_ > 0)
            static_cast<void>(take());
    }

private:
    // Invariant: the first size_ places are alive.
    item_buffer<T> items_;
    std::size_t size_ = 0;
};

}  // namespace detail

/// A `queue` whose `get()` takes what was put last.
///
/// **Use** it as a pool: what was used last is warm. An item that has to wait for room counts as
/// put when it comes in.
template <class T>
class lifo_queue final : public basic_queue<T, detail::lifo_items<T>> {
public:
    using basic_queue<T, detail::lifo_items<T>>::basic_queue;
};

}  // namespace patio
