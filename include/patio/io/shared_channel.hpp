// SPDX-License-Identifier: MIT
#pragma once

// Handing items from loop to loop.

#include <patio/base/config.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sendable.hpp>
#include <patio/io/detail/shared_channel_state.hpp>

#include <cstddef>
#include <optional>
#include <source_location>
#include <utility>

namespace patio {

/// A bounded channel whose senders and receivers may be on any of the program's loops.
///
/// ```
/// patio::shared_channel<order> orders{16};
/// co_await patio::on_each_loop(cook, orders);
/// ```
///
/// Copies are handles of the same channel; any of them sends, receives and closes. When nobody will
/// send any more somebody must say so: `close()`.
///
/// **Use** it between loops. On one loop a `channel`, which knows when its senders are gone, or a
/// `queue` is cheaper, and a deadlock there is noticed: whoever waits here may be served by another
/// loop, so its own waits.
/// **Threads** any, also such as run no loop: those can `try_send`, `try_receive` and `close`.
/// **Order** items arrive in the order of sending; tasks are served first come, first served.
/// **Cost** a lock for each operation; a wait allocates nothing; waking a task of another loop is a
/// message, and a system call if that loop sleeps.
template <class T>
class shared_channel {
    static_assert(detail::queue_item<T>,
                  "a channel's items must have a noexcept move constructor, so that none can be "
                  "lost half-way: put them into a std::unique_ptr otherwise");
    static_assert(sendable<T>,
                  "the items of a shared_channel go to other loops: these are bound to theirs, or "
                  "references. Send values");

public:
    using value_type = T;

    /// It holds up to `capacity` items; with zero each send waits until somebody receives.
    /// **Fails** with std::bad_alloc.
    explicit shared_channel(std::size_t capacity) : state_{new state{capacity}} {}

    class send_operation;
    class receive_operation;

    /// Waits until there is room or somebody receives, and hands `item` over.
    ///
    /// **Suspends** only while the channel is full (or, without capacity, until somebody receives),
    /// or to give others a turn after many operations that were ready at once.
    /// **Fails** with channel_closed if the channel is closed, also while it waits; the item is
    /// then destroyed.
    /// **Cancel** the item was sent, or is destroyed with the waiting operation: never both. One
    /// that was taken just then counts as sent.
    [[nodiscard("sending needs co_await: co_await c.send(…)")]] send_operation send(
        T item) noexcept {
        return send_operation{state_, std::move(item)};
    }

    /// Waits for the next item: `while (auto item = co_await c.receive())`.
    ///
    /// **Returns** an optional, empty when the channel is closed and no item is left.
    /// **Suspends** only while there is no item, or to give others a turn after many operations
    /// that were ready at once.
    /// **Cancel** the task leaves the line. An item that was handed to it before is delivered: none
    /// is lost.
    [[nodiscard("receiving needs co_await: auto item = co_await c.receive()")]] receive_operation
    receive() noexcept {
        return receive_operation{state_};
    }

    /// Sends `item` if that needs no waiting; otherwise it is left as it was.
    /// **Fails** with channel_closed.
    [[nodiscard("the item was not sent if this is false")]] bool try_send(T&& item) {
        return state_->try_send(item);
    }
    [[nodiscard("the item was not sent if this is false")]] bool try_send(const T& item) {
        T copy(item);
        return state_->try_send(copy);
    }
    /// Takes an item if there is one; empty does not mean that none will come.
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> try_receive() noexcept {
        std::optional<T> item;
        bool is_over = false;
        state_->try_receive(item, is_over);
        return item;
    }

    /// Nothing more can be sent: senders get channel_closed, those included that wait; receivers
    /// get what is in the channel, then nothing. A second time does nothing.
    void close() noexcept { state_->close(); }
    /// Whether somebody has closed it.
    [[nodiscard]] bool is_closed() const noexcept { return state_->is_closed(); }
    /// How many items were sent and not received: may be outdated when it is returned.
    [[nodiscard]] std::size_t size() const noexcept { return state_->size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return state_->capacity(); }
    /// Whether both are handles of the same channel.
    friend bool operator==(const shared_channel& a, const shared_channel& b) noexcept {
        return &*a.state_ == &*b.state_;
    }

private:
    using state = detail::shared_channel_state<T>;
    using state_ref = detail::counted<state>;

    state_ref state_;  // null once moved from: then there is nothing to call
};

/// What `send()` returns. It keeps the channel alive.
template <class T>
class [[nodiscard("sending needs co_await: co_await c.send(…)")]] shared_channel<T>::send_operation
    : private detail::shared_send_wait<T> {
    using base = detail::shared_send_wait<T>;

public:
    send_operation(state_ref target, T&& sent) noexcept
        : base{*target, std::move(sent)}, state_{std::move(target)} {}

    [[nodiscard]] bool await_ready() {
        if (!detail::spend_budget() || !state_->try_send(this->item_)) return false;
        this->outcome_ = base::outcome::done;
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) {
        if (auto* task = detail::begin_wait(frame, detail::wait_kind::shared_send, where)) {
            state_->send_or_wait(*this, *task);
        }
    }
    void await_resume() const {
        detail::deliver_cancellation();
        if (this->outcome_ != base::outcome::done) [[unlikely]]
            state::throw_closed();
    }

private:
    state_ref state_;
};

/// What `receive()` returns. It keeps the channel alive.
template <class T>
class [[nodiscard("receiving needs co_await: auto item = co_await c.receive()")]] shared_channel<
    T>::receive_operation : private detail::shared_receive_wait<T> {
    using base = detail::shared_receive_wait<T>;

public:
    explicit receive_operation(state_ref source) noexcept
        : base{*source}, state_{std::move(source)} {}

    [[nodiscard]] bool await_ready() noexcept {
        bool is_over = false;
        return detail::spend_budget() && (state_->try_receive(this->item_, is_over) || is_over);
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (auto* task = detail::begin_wait(frame, detail::wait_kind::shared_receive, where)) {
            state_->receive_or_wait(*this, *task);
        }
    }
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> await_resume() {
        detail::deliver_cancellation();
        return std::move(this->item_);
    }

private:
    state_ref state_;
};

}  // namespace patio
