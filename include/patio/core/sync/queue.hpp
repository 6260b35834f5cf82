// SPDX-License-Identifier: MIT
#pragma once

// Handing items from task to task, with room for some in between.

#include <patio/base/config.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/item_buffer.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <utility>

namespace patio {

/// The queue was shut down: it takes no items, or has none left to give.
class PATIO_EXPORT queue_shut_down : public std::exception {
public:
    queue_shut_down() noexcept = default;
    queue_shut_down(const queue_shut_down&) noexcept = default;
    queue_shut_down& operator=(const queue_shut_down&) noexcept = default;
    ~queue_shut_down() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// What happens to the items in a queue that is shut down.
enum class shutdown_mode : std::uint8_t {
    drain,      ///< they can still be taken
    immediate,  ///< they are destroyed
};

namespace detail {

/// The part of a queue that does not depend on types.
class PATIO_EXPORT queue_base {
public:
    using loop_affine = void;

    queue_base(const queue_base&) = delete;
    queue_base& operator=(const queue_base&) = delete;

    /// The number of items that it holds at most.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool is_shut_down() const noexcept { return is_shut_down_; }
    /// How many tasks wait for an item; for room. **Cost** counts them.
    [[nodiscard]] std::size_t getters_waiting() const noexcept { return getters_.size(); }
    [[nodiscard]] std::size_t putters_waiting() const noexcept { return putters_.size(); }

    /// How many items were put and not yet reported as done.
    [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }

    /// Says that an item which was got has been dealt with; for `join()`.
    /// **Fails** with usage_error if it is called more often than items were put.
    void task_done();

    class join_operation;

    /// Waits until `task_done()` was called for every item that was put.
    /// **Suspends** only if there is an unfinished one, or to give others a turn after many
    /// operations that were ready at once.
    [[nodiscard("joining needs co_await: co_await q.join()")]] join_operation join() noexcept;

protected:
    explicit queue_base(std::size_t capacity);
    explicit queue_base(unbounded_t) noexcept : capacity_{SIZE_MAX} {}
    ~queue_base() {
        getters_.check_empty("a queue");
        putters_.check_empty("a queue");
        joiners_.check_empty("a queue");
    }

    void shut_down_waiters() noexcept;
    void finish_items(std::size_t count) noexcept;
    [[noreturn, gnu::cold]] static void throw_shut_down();

    // Invariants: getters_ is empty unless there are no items; putters_ is empty unless they fill
    // the capacity; both are empty once is_shut_down_.
    wait_list getters_;
    wait_list putters_;
    wait_list joiners_;
    std::size_t capacity_;
    std::size_t unfinished_ = 0;
    bool is_shut_down_ = false;
};

class [[nodiscard("joining needs co_await: co_await q.join()")]]
PATIO_EXPORT queue_base::join_operation {
public:
    explicit join_operation(queue_base& source) noexcept : source_{&source} {}

    [[nodiscard]] bool await_ready() const noexcept {
        return source_->unfinished_ == 0 && spend_budget();
    }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    static void await_resume() { deliver_cancellation(); }

private:
    queue_base* source_;
};

inline queue_base::join_operation queue_base::join() noexcept { return join_operation{*this}; }

/// Somebody in one of a queue's lines: what a task's `payload` points to while its kind is
/// `queue_get` or `queue_put`.
struct queue_wait {
    queue_base* target;
    bool is_shut_down = false;  ///< woken because of it
};

}  // namespace detail

/// What `queue`, `lifo_queue` and `priority_queue` have in common: everything but the order.
///
/// A queue is bounded, so that producers cannot run away from consumers; one without limit must be
/// asked for: `queue<T>{patio::unbounded}`.
///
/// **Use** it between many producers and many consumers inside of one loop. For split ends and an
/// end that comes by itself take a `channel`.
///
/// An item is never lost and never overtaken: it goes straight to the task that has waited longest,
/// and belongs to it from that moment on, also if the task is cancelled before it has run.
///
/// `T` must be movable without exceptions; anything else can be held by a unique_ptr.
///
/// **Threads** belongs to one loop.
/// **Order** getters are served first come, first served; putters likewise.
/// **Cost** the memory for items doubles as needed, up to the capacity, and is kept; a wait
/// allocates nothing.
template <class T, class Items>
class basic_queue : public detail::queue_base {
    static_assert(detail::queue_item<T>,
                  "a queue's items must have a noexcept move constructor, so that none can be lost "
                  "half-way: put them into a std::unique_ptr otherwise");

public:
    using value_type = T;

    /// **Fails** with usage_error if `capacity` is zero.
    explicit basic_queue(std::size_t capacity) : queue_base{capacity} {}
    explicit basic_queue(unbounded_t tag) noexcept : queue_base{tag} {}

    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] bool empty() const noexcept { return items_.size() == 0; }
    [[nodiscard]] bool full() const noexcept { return items_.size() >= capacity_; }

    class put_operation;
    class get_operation;
    class next_operation;

    /// Waits until there is room, and puts `item` in.
    ///
    /// **Suspends** only while the queue is full, or to give others a turn after many operations
    /// that were ready at once.
    /// **Fails** with queue_shut_down, also while it waits; the item is then destroyed.
    /// **Cancel** the item is in the queue, or destroyed with the waiting operation: never both.
    [[nodiscard("putting needs co_await: co_await q.put(…)")]] put_operation put(T item) noexcept {
        return put_operation{*this, std::move(item)};
    }
    /// Waits until there is an item, and gives it.
    ///
    /// **Suspends** only while the queue is empty, or as above.
    /// **Fails** with queue_shut_down once the queue is shut down and empty.
    /// **Cancel** the task leaves the line; an item that was handed to it before is delivered.
    [[nodiscard("getting needs co_await: auto item = co_await q.get()")]] get_operation
    get() noexcept {
        return get_operation{*this};
    }
    /// Like `get()`, but empty once the queue is shut down and has no items left:
    /// `while (auto item = co_await q.next())`.
    [[nodiscard("getting needs co_await: auto item = co_await q.next()")]] next_operation
    next() noexcept {
        return next_operation{*this};
    }

    /// Puts `item` in if there is room; otherwise `item` is left as it was. Never suspends.
    /// **Fails** with queue_shut_down.
    [[nodiscard("the item was not put if this is false")]] bool try_put(T&& item) {
        if (is_shut_down_) throw_shut_down();
        if (full()) return false;
        put_now(std::move(item));
        return true;
    }
    [[nodiscard("the item was not put if this is false")]] bool try_put(const T& item) {
        if (full() && !is_shut_down_) return false;
        return try_put(T(item));
    }
    /// Takes an item if there is one. Never suspends.
    /// **Fails** with queue_shut_down once the queue is shut down and empty.
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> try_get() {
        if (!empty()) return take_now();
        if (is_shut_down_) throw_shut_down();
        return std::nullopt;
    }

    /// Takes no more items. Those who wait for an item or for room get queue_shut_down; what is in
    /// the queue can still be taken, or is destroyed and counts as done. A second time has an
    /// effect only if it is `immediate`.
    void shutdown(shutdown_mode mode = shutdown_mode::drain) noexcept {
        shut_down_waiters();
        if (mode == shutdown_mode::drain) return;
        const std::size_t dropped = items_.size();
        items_.clear();
        finish_items(dropped);
    }

protected:
    struct ordered {};
    /// With an order for the items.
    template <class Capacity, class Order>
    basic_queue(ordered, Capacity capacity, Order&& order)
        : queue_base{capacity}, items_(std::forward<Order>(order)) {}

private:
    struct get_wait : detail::queue_wait {
        explicit get_wait(basic_queue& source) noexcept : queue_wait{&source} {}
        std::optional<T> item;  ///< handed over
    };
    class get_base;

    /// Only if there is room.
    void put_now(T&& item) {
        if (!getters_.empty()) {
            detail::task_block& getter = *getters_.pop_front();
            get_of(getter).item.emplace(std::move(item));
            detail::wake(getter);
        } else {
            items_.put(std::move(item));
        }
        ++unfinished_;
    }
    /// Only if there is an item.
    [[nodiscard]] T take_now() noexcept {
        if (putters_.empty()) [[likely]]
            return items_.take();
        return take_and_refill();
    }
    /// The room that becomes free belongs to the first putter. The memory is there already.
    [[nodiscard, gnu::noinline]] T take_and_refill() noexcept {
        T item = items_.take();
        detail::task_block& putter = *putters_.pop_front();
        items_.put(std::move(put_of(putter).item_));
        ++unfinished_;
        detail::wake(putter);
        return item;
    }
    static get_wait& get_of(const detail::task_block& task) noexcept {
        return static_cast<get_wait&>(*static_cast<detail::queue_wait*>(task.payload));
    }
    static put_operation& put_of(const detail::task_block& task) noexcept {
        return static_cast<put_operation&>(*static_cast<detail::queue_wait*>(task.payload));
    }

    Items items_;
};

/// What `put()` returns.
template <class T, class Items>
class [[nodiscard(
    "putting needs co_await: co_await q.put(…)")]] basic_queue<T, Items>::put_operation
    : private detail::queue_wait {
public:
    put_operation(basic_queue& source, T&& item) noexcept
        : queue_wait{&source}, item_(std::move(item)) {}

    [[nodiscard]] bool await_ready() {
        basic_queue& q = owner();
        if (q.is_shut_down_) [[unlikely]]
            throw_shut_down();
        if (q.full() || !detail::spend_budget()) return false;
        q.put_now(std::move(item_));
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) {
        if (!owner().full() && !detail::is_being_cancelled()) {
            owner().put_now(std::move(item_));
            return detail::wait_one_turn(frame, where);
        }
        if (auto* task = detail::begin_wait(frame, detail::wait_kind::queue_put, where)) {
            task->payload = static_cast<detail::queue_wait*>(this);
            owner().putters_.push_back(*task);
        }
    }
    void await_resume() const {
        detail::deliver_cancellation();
        if (is_shut_down) [[unlikely]]
            throw_shut_down();
    }

private:
    friend class basic_queue;
    basic_queue& owner() const noexcept { return static_cast<basic_queue&>(*target); }

    T item_;
};

/// What `get()` and `next()` share.
template <class T, class Items>
class basic_queue<T, Items>::get_base : private get_wait {
public:
    explicit get_base(basic_queue& source) noexcept : get_wait{source} {}

    [[nodiscard]] bool await_ready() noexcept {
        basic_queue& q = owner();
        if (q.empty()) {
            this->is_shut_down = q.is_shut_down_;
            return this->is_shut_down;
        }
        return detail::spend_budget();  // taken in await_resume: nothing comes in between
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (!owner().empty() && !detail::is_being_cancelled()) {
            this->item.emplace(owner().take_now());
            return detail::wait_one_turn(frame, where);
        }
        if (auto* task = detail::begin_wait(frame, detail::wait_kind::queue_get, where)) {
            task->payload = static_cast<detail::queue_wait*>(this);
            owner().getters_.push_back(*task);
        }
    }

protected:
    /// Whether there is no item and never will be.
    [[nodiscard]] bool is_over() const noexcept { return this->is_shut_down; }
    [[nodiscard]] T take() noexcept {
        if (!this->item) return owner().take_now();
        T taken = *std::move(this->item);
        this->item.reset();
        return taken;
    }

private:
    friend class basic_queue;
    basic_queue& owner() const noexcept { return static_cast<basic_queue&>(*this->target); }
};

/// What `get()` returns.
template <class T, class Items>
class [[nodiscard(
    "getting needs co_await: auto item = co_await q.get()")]] basic_queue<T, Items>::get_operation
    : public get_base {
public:
    using get_base::get_base;
    [[nodiscard("the item is lost if it is ignored")]] T await_resume() {
        detail::deliver_cancellation();
        if (this->is_over()) [[unlikely]]
            throw_shut_down();
        return this->take();
    }
};

/// What `next()` returns.
template <class T, class Items>
class [[nodiscard(
    "getting needs co_await: auto item = co_await q.next()")]] basic_queue<T, Items>::next_operation
    : public get_base {
public:
    using get_base::get_base;
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> await_resume() {
        detail::deliver_cancellation();
        if (this->is_over()) [[unlikely]]
            return std::nullopt;
        return this->take();
    }
};

/// A queue that gives its items in the order in which they were put.
///
/// Example: the first test in tests/core/queue_test.cpp.
template <class T>
class queue final : public basic_queue<T, detail::fifo_items<T>> {
public:
    using basic_queue<T, detail::fifo_items<T>>::basic_queue;
};

}  // namespace patio
