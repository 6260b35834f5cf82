// SPDX-License-Identifier: MIT
#pragma once

// Where queues keep their items.

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace patio {

/// Says that a queue or a channel may grow without limit: `patio::queue<int> q{patio::unbounded};`
struct unbounded_t {
    explicit unbounded_t() = default;
};
inline constexpr unbounded_t unbounded{};

}  // namespace patio

namespace patio::detail {

/// What a queue can hold: moving an item between a producer, the queue and a consumer must not
/// fail, or an item could be lost on the way.
template <class T>
concept queue_item = std::is_object_v<T> && std::is_nothrow_move_constructible_v<T> &&
                     std::is_nothrow_destructible_v<T>;

/// Raw memory for items that grows by doubling; whoever uses it knows which places are alive.
template <class T>
class item_buffer {
public:
    item_buffer() noexcept = default;
    item_buffer(const item_buffer&) = delete;
    item_buffer& operator=(const item_buffer&) = delete;
    ~item_buffer() { deallocate(places_); }

    /// A power of two, or zero.
    [[nodiscard]] std::size_t place_count() const noexcept { return place_count_; }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return places_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return places_[index]; }

    void put(std::size_t index, T&& item) noexcept {
        ::new (static_cast<void*>(places_ + index)) T(std::move(item));
    }
    [[nodiscard]] T take(std::size_t index) noexcept {
        T item(std::move(places_[index]));
        places_[index].~T();
        return item;
    }

    /// Doubles the memory; item `i` of `count` comes from `from(i)`.
    /// **Fails** with std::bad_alloc, and nothing has changed.
    template <class From>
    [[gnu::noinline]] void grow(std::size_t count, From from) {
        const std::size_t places = place_count_ == 0 ? first_place_count : 2 * place_count_;
        T* const fresh = allocate(places);
        for (std::size_t i = 0; i < count; ++i) {
            T& old = places_[from(i)];
            ::new (static_cast<void*>(fresh + i)) T(std::move(old));
            old.~T();
        }
        deallocate(std::exchange(places_, fresh));
        place_count_ = places;
    }

private:
    static constexpr std::size_t first_place_count = 8;

    static T* allocate(std::size_t count) {
        if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc{};
        return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{alignof(T)}));
    }
    static void deallocate(T* places) noexcept {
        ::operator delete(static_cast<void*>(places), std::align_val_t{alignof(T)});
    }

    T* places_ = nullptr;
    std::size_t place_count_ = 0;
};

/// First in, first out.
template <class T>
class fifo_items {
public:
    fifo_items() noexcept = default;
    fifo_items(const fifo_items&) = delete;
    fifo_items& operator=(const fifo_items&) = delete;
    ~fifo_items() { clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void put(T&& item) {
        if (size_ == items_.place_count()) [[unlikely]] {
            items_.grow(size_, [this](std::size_t i) { return at(i); });
            first_ = 0;
        }
        items_.put(at(size_), std::move(item));
        ++size_;
    }
    /// Only if there is one.
    [[nodiscard]] T take() noexcept {
        const std::size_t index = first_;
        first_ = at(1);
        --size_;
        return items_.take(index);
    }
    void clear() noexcept {
        while (size_ > 0)
            static_cast<void>(take());
    }

private:
    [[nodiscard]] std::size_t at(std::size_t i) const noexcept {
        return (first_ + i) & (items_.place_count() - 1);
    }

    // Invariant: size_ places from first_ on, in a circle, are alive.
    item_buffer<T> items_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace patio::detail
