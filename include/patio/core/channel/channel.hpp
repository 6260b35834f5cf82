// SPDX-License-Identifier: MIT
#pragma once

// Handing items from task to task through two kinds of ends, which say when there will be no more.

#include <patio/core/detail/channel_state.hpp>
#include <patio/core/errors.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <utility>

namespace patio {

template <class T>
class channel_receiver;

/// The end of a channel into which items go. Copies are ends of the same channel.
///
/// **Threads** belongs to one loop.
template <class T>
class channel_sender {
public:
    using loop_affine = void;
    using value_type = T;

    channel_sender() noexcept = default;
    channel_sender(const channel_sender& other) noexcept
        : state_{other.state_}, end_{state_ != nullptr ? state_->add_sender() : 0} {}
    channel_sender(channel_sender&& other) noexcept
        : state_{std::exchange(other.state_, nullptr)}, end_{other.end_} {}
    channel_sender& operator=(channel_sender other) noexcept {
        std::swap(state_, other.state_);
        std::swap(end_, other.end_);
        return *this;
    }
    ~channel_sender() { close(); }

    class send_operation;

    /// Waits until there is room or somebody receives, and hands `item` over.
    ///
    /// **Suspends** only while the channel is full (or, without capacity, until somebody receives),
    /// or to give others a turn after many operations that were ready at once.
    /// **Borrows** this end until it begins to wait.
    /// **Fails** with channel_closed if no receiver is left, or this end is closed, also while it
    /// waits; the item is then destroyed.
    /// **Cancel** the item was sent, or is destroyed with the waiting operation: never both.
    [[nodiscard("sending needs co_await: co_await s.send(…)")]] send_operation send(
        T item) noexcept {
        return send_operation{*this, std::move(item)};
    }

    /// Sends `item` if that needs no waiting; otherwise `item` is left as it was.
    /// **Fails** with channel_closed.
    [[nodiscard("the item was not sent if this is false")]] bool try_send(T&& item) {
        check();
        if (!state_->can_send()) return false;
        state_->put(std::move(item));
        return true;
    }
    [[nodiscard("the item was not sent if this is false")]] bool try_send(const T& item) {
        check();
        if (!state_->can_send()) return false;
        state_->put(T(item));
        return true;
    }

    /// Closes this end; whoever waits through it gets channel_closed. With the last sender the
    /// channel ends: receivers get what is in it, then nothing. A second time does nothing.
    void close() noexcept {
        if (state_ != nullptr) std::exchange(state_, nullptr)->close_sender(end_);
    }
    /// Whether this end was closed, or moved from.
    [[nodiscard]] bool is_closed() const noexcept { return state_ == nullptr; }
    /// Whether anybody could receive. **Fails** with channel_closed if this end is.
    [[nodiscard]] bool has_receivers() const { return state().has_receivers(); }
    /// **Fails** with channel_closed if this end is. **Cost** counts the waiting tasks.
    [[nodiscard]] channel_statistics statistics() const {
        return state().statistics(state().size());
    }
    /// Whether both are ends of the same channel.
    [[nodiscard]] bool is_connected_to(const channel_receiver<T>& receiver) const noexcept {
        return state_ != nullptr && state_ == receiver.state_;
    }

    /// For the library: the first end.
    explicit channel_sender(detail::channel_state<T>& state) noexcept
        : state_{&state}, end_{state.add_sender()} {}

private:
    [[nodiscard]] detail::channel_state<T>& state() const {
        if (state_ == nullptr) [[unlikely]]
            detail::channel_base::throw_closed(detail::channel_outcome::closed);
        return *state_;
    }
    void check() const {
        if (!state().has_receivers()) [[unlikely]]
            detail::channel_base::throw_closed(detail::channel_outcome::none_left);
    }

    detail::channel_state<T>* state_ = nullptr;  // counted; null once closed
    std::uint64_t end_ = 0;
};

/// The end of a channel out of which items come. Copies are ends of the same channel, and compete:
/// each item goes to one of them.
///
/// **Threads** belongs to one loop.
template <class T>
class channel_receiver {
public:
    using loop_affine = void;
    using value_type = T;

    channel_receiver() noexcept = default;
    channel_receiver(const channel_receiver& other) noexcept
        : state_{other.state_}, end_{state_ != nullptr ? state_->add_receiver() : 0} {}
    channel_receiver(channel_receiver&& other) noexcept
        : state_{std::exchange(other.state_, nullptr)}, end_{other.end_} {}
    channel_receiver& operator=(channel_receiver other) noexcept {
        std::swap(state_, other.state_);
        std::swap(end_, other.end_);
        return *this;
    }
    ~channel_receiver() { close(); }

    class receive_operation;

    /// Waits for the next item: `while (auto item = co_await r.receive())`.
    ///
    /// **Returns** an optional, empty when every sender is closed and no item is left.
    /// **Suspends** only while there is no item, or to give others a turn after many operations
    /// that were ready at once.
    /// **Borrows** this end until it begins to wait.
    /// **Fails** with channel_closed if this end is closed, also while it waits.
    /// **Cancel** the task leaves the line; an item that was handed to it before is delivered.
    [[nodiscard("receiving needs co_await: auto item = co_await r.receive()")]] receive_operation
    receive() noexcept {
        return receive_operation{*this};
    }

    /// Takes an item if there is one; empty does not mean that none will come.
    /// **Fails** with channel_closed if this end is closed.
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> try_receive() {
        if (!state().can_receive()) return std::nullopt;
        return state_->take();
    }

    /// Closes this end; whoever waits through it gets channel_closed. With the last receiver the
    /// items in the channel are destroyed, and senders get channel_closed. A second time does
    /// nothing.
    void close() noexcept {
        if (state_ != nullptr) std::exchange(state_, nullptr)->close_receiver(end_);
    }
    /// Whether this end was closed, or moved from.
    [[nodiscard]] bool is_closed() const noexcept { return state_ == nullptr; }
    /// Whether anybody could send. **Fails** with channel_closed if this end is.
    [[nodiscard]] bool has_senders() const { return state().has_senders(); }
    /// **Fails** with channel_closed if this end is. **Cost** counts the waiting tasks.
    [[nodiscard]] channel_statistics statistics() const {
        return state().statistics(state().size());
    }

    /// For the library: the first end.
    explicit channel_receiver(detail::channel_state<T>& state) noexcept
        : state_{&state}, end_{state.add_receiver()} {}

private:
    friend class channel_sender<T>;
    [[nodiscard]] detail::channel_state<T>& state() const {
        if (state_ == nullptr) [[unlikely]]
            detail::channel_base::throw_closed(detail::channel_outcome::closed);
        return *state_;
    }

    detail::channel_state<T>* state_ = nullptr;  // counted; null once closed
    std::uint64_t end_ = 0;
};

/// What `send()` returns.
template <class T>
class [[nodiscard("sending needs co_await: co_await s.send(…)")]] channel_sender<T>::send_operation
    : private detail::channel_send_wait<T> {
public:
    send_operation(channel_sender& through, T&& sent) noexcept
        : detail::channel_send_wait<T>{std::move(sent)}, through_{&through} {}

    [[nodiscard]] bool await_ready() {
        through_->check();
        if (!through_->state_->can_send() || !detail::spend_budget()) return false;
        send();
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) {
        if (through_->state_->can_send() && !detail::is_being_cancelled()) {
            send();
            return detail::wait_one_turn(frame, where);
        }
        this->end = through_->end_;
        through_->state_->wait_in(through_->state_->senders(), detail::wait_kind::channel_send,
                                  *this, frame, where);
    }
    void await_resume() const {
        detail::deliver_cancellation();
        if (this->outcome != detail::channel_outcome::done) [[unlikely]]
            detail::channel_base::throw_closed(this->outcome);
    }

private:
    void send() {
        through_->state_->put(std::move(this->item));
        this->outcome = detail::channel_outcome::done;
    }

    channel_sender* through_;  // only until it waits
};

/// What `receive()` returns.
template <class T>
class [[nodiscard("receiving needs co_await: auto item = co_await r.receive()")]] channel_receiver<
    T>::receive_operation : private detail::channel_receive_wait<T> {
public:
    explicit receive_operation(channel_receiver& through) noexcept : through_{&through} {}

    [[nodiscard]] bool await_ready() {
        detail::channel_state<T>& state = through_->state();
        this->outcome = detail::channel_outcome::none;
        // It is taken in await_resume: nothing comes in between.
        if (state.can_receive()) return detail::spend_budget();
        if (state.has_senders()) return false;
        this->outcome = detail::channel_outcome::none_left;
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (through_->state_->can_receive() && !detail::is_being_cancelled()) {
            this->item.emplace(through_->state_->take());
            this->outcome = detail::channel_outcome::done;
            return detail::wait_one_turn(frame, where);
        }
        this->end = through_->end_;
        through_->state_->wait_in(through_->state_->receivers(), detail::wait_kind::channel_receive,
                                  *this, frame, where);
    }
    [[nodiscard("the item is lost if it is ignored")]] std::optional<T> await_resume() {
        detail::deliver_cancellation();
        if (this->outcome == detail::channel_outcome::none) return through_->state_->take();
        if (this->outcome == detail::channel_outcome::closed) [[unlikely]]
            detail::channel_base::throw_closed(this->outcome);
        return std::exchange(this->item, std::nullopt);
    }

private:
    channel_receiver* through_;  // only until it waits
};

/// Makes a channel: `auto [sender, receiver] = patio::channel<int>(16);`
///
/// It holds up to `capacity` items. With a capacity of zero each send waits until somebody
/// receives; one without limit must be asked for: `channel<T>(patio::unbounded)`.
///
/// ```
/// while (auto order = co_await receiver.receive()) cook(*order);   // until no sender is left
/// ```
///
/// **Use** it where producers come and go and the consumers must learn when the last one is gone:
/// give each producer a copy of the sender, and keep none. Where both sides live as long as each
/// other a `queue` is simpler. For one value take a `oneshot`; for news to many a `broadcast`; for
/// the latest state of something a `watch`.
///
/// The sender of a producer is gone when the producer has ended. A task that gives a result keeps
/// its coroutine's parameters as long as its handle lives: there, `close()` the sender.
///
/// An item is never lost and never overtaken: it goes straight to the task that has waited longest,
/// and belongs to it from that moment on, also if the task is cancelled before it has run.
///
/// `T` must be movable without exceptions; anything else can be held by a unique_ptr.
///
/// **Order** first in, first out; senders and receivers are served first come, first served.
/// **Cost** two allocations; the memory for items doubles as needed and is kept; a wait allocates
/// nothing.
template <class T>
std::pair<channel_sender<T>, channel_receiver<T>> channel(std::size_t capacity) {
    static_assert(detail::queue_item<T>,
                  "a channel's items must have a noexcept move constructor, so that none can be "
                  "lost half-way: put them into a std::unique_ptr otherwise");
    auto& state = *new detail::channel_state<T>{capacity};
    return {channel_sender<T>{state}, channel_receiver<T>{state}};
}
template <class T>
std::pair<channel_sender<T>, channel_receiver<T>> channel(unbounded_t) {
    return channel<T>(SIZE_MAX);
}

}  // namespace patio
