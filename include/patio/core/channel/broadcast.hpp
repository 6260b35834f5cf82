// SPDX-License-Identifier: MIT
#pragma once

// Every value to every receiver, without waiting for the slow ones.

#include <patio/base/config.hpp>
#include <patio/core/detail/broadcast_state.hpp>
#include <patio/core/detail/lone_wait.hpp>
#include <patio/core/errors.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

/// A receiver of a broadcast was too slow: values were overwritten before it could receive them.
class PATIO_EXPORT lagged : public std::exception {
public:
    explicit lagged(std::uint64_t count) noexcept : count_{count} {}
    lagged(const lagged&) noexcept = default;
    lagged& operator=(const lagged&) noexcept = default;
    ~lagged() override;
    [[nodiscard]] const char* what() const noexcept override;
    /// How many values it has missed.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    std::uint64_t count_;
};

/// What a receiver of a broadcast gets: a value, "so many were missed", or the end.
///
/// ```
/// while (auto news = co_await receiver.receive()) {
///     if (news.missed() > 0) { resynchronise(); continue; }
///     show(*news);
/// }
/// ```
template <class T>
class broadcast_item {
public:
    using loop_affine = void;

    /// The end.
    broadcast_item() noexcept = default;
    explicit broadcast_item(T value) noexcept : value_{std::move(value)} {}
    [[nodiscard]] static broadcast_item of_missed(std::uint64_t count) noexcept {
        broadcast_item item;
        item.missed_ = count;
        return item;
    }

    /// False at the end: no sender is left, and nothing to receive.
    explicit operator bool() const noexcept { return has_value() || missed_ > 0; }
    [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
    /// How many values were overwritten before they could be received; if it is not zero, there is
    /// no value, and the next item is the oldest one that is still there.
    [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

    /// The value. **Fails** with lagged if values were missed instead; with channel_closed at the
    /// end.
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return const_cast<broadcast_item*>(this)->value(); }
    [[nodiscard]] T&& operator*() && { return std::move(value()); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &**this; }

private:
    T& value() {
        if (value_) [[likely]]
            return *value_;
        if (missed_ > 0) throw lagged{missed_};
        throw channel_closed{"the broadcast has ended: no sender is left"};
    }

    std::optional<T> value_;
    std::uint64_t missed_ = 0;
};

template <class T>
class broadcast_receiver;

/// The end into which values go. Copies are ends of the same broadcast.
///
/// **Threads** belongs to one loop.
template <class T>
class broadcast_sender {
public:
    using loop_affine = void;
    using value_type = T;

    broadcast_sender() noexcept = default;
    broadcast_sender(const broadcast_sender& other) noexcept : state_{other.state_} {
        if (state_ != nullptr) state_->add_sender();
    }
    broadcast_sender(broadcast_sender&& other) noexcept
        : state_{std::exchange(other.state_, nullptr)} {}
    broadcast_sender& operator=(broadcast_sender other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~broadcast_sender() { close(); }

    /// Gives the value to every receiver that exists now. Never suspends: the value takes the place
    /// of the oldest one if the capacity is used up.
    ///
    /// **Returns** how many receivers there are; the value is destroyed if there is none.
    /// **Fails** with channel_closed if this end was closed or moved from.
    std::size_t send(T value) { return state().send(std::move(value)); }

    /// A receiver of what is sent from here on.
    [[nodiscard]] broadcast_receiver<T> subscribe() const { return broadcast_receiver<T>{state()}; }
    [[nodiscard]] std::size_t receiver_count() const { return state().receiver_count(); }

    /// Drops the end. With the last one the broadcast ends: receivers get what is left, then the
    /// end.
    void close() noexcept {
        if (state_ != nullptr) std::exchange(state_, nullptr)->remove_sender();
    }

    /// For the library.
    explicit broadcast_sender(detail::broadcast_state<T>& state) noexcept : state_{&state} {
        state.add_sender();
    }

private:
    [[nodiscard]] detail::broadcast_state<T>& state() const {
        if (state_ == nullptr) throw channel_closed{"this end of the broadcast is closed"};
        return *state_;
    }

    detail::broadcast_state<T>* state_ = nullptr;  // counted; null once closed
};

/// The end out of which values come. A copy receives on its own what this one has still to receive.
///
/// **Threads** belongs to one loop.
template <class T>
class broadcast_receiver : private detail::lone_end {
public:
    using loop_affine = void;
    using value_type = T;

    broadcast_receiver() noexcept = default;
    broadcast_receiver(const broadcast_receiver& other) noexcept
        : lone_end{}, state_{other.state_}, next_{other.next_} {
        if (state_ != nullptr) state_->add_receiver(next_);
    }
    broadcast_receiver(broadcast_receiver&& other) noexcept
        : lone_end{std::move(other)},
          state_{std::exchange(other.state_, nullptr)},
          next_{other.next_} {}
    broadcast_receiver& operator=(const broadcast_receiver& other) noexcept {
        return *this = broadcast_receiver{other};
    }
    broadcast_receiver& operator=(broadcast_receiver&& other) noexcept {
        if (this == &other) return *this;
        close();
        take_wait(other);
        state_ = std::exchange(other.state_, nullptr);
        next_ = other.next_;
        return *this;
    }
    ~broadcast_receiver() { close(); }

    class receive_operation;

    /// Waits for the next value: `while (auto news = co_await r.receive())`.
    ///
    /// **Returns** a `broadcast_item`: a copy of the value (the last receiver gets the value
    /// itself), how many were missed, or the end.
    /// **Suspends** only while there is nothing to tell, or to give others a turn after many
    /// operations that were ready at once.
    /// **Borrows** this end until it begins to wait.
    /// **Fails** with channel_closed if this end is closed, also while it waits; with usage_error
    /// if another task waits through it: give each a copy; with what copying the value throws, and
    /// the next call tries again.
    /// **Cancel** takes nothing: the next call gives what this one would have given.
    [[nodiscard("receiving needs co_await: co_await r.receive()")]] receive_operation
    receive() noexcept {
        return receive_operation{*this};
    }

    /// What there is without waiting; empty if there is nothing, not even the end.
    /// **Fails** as `receive` does.
    [[nodiscard("the value is lost if it is ignored")]] std::optional<broadcast_item<T>>
    try_receive() {
        if (!has_news()) return std::nullopt;
        return take();
    }

    /// Drops the end; whoever waits through it gets channel_closed.
    void close() noexcept {
        end_wait();
        if (state_ != nullptr) std::exchange(state_, nullptr)->remove_receiver(next_);
    }

    /// For the library: receives what is sent from here on.
    explicit broadcast_receiver(detail::broadcast_state<T>& state) noexcept
        : state_{&state}, next_{state.next()} {
        state.add_receiver(next_);
    }

private:
    [[nodiscard]] bool has_news() const {
        check_not_awaited();
        if (state_ == nullptr) throw_end_closed();
        return next_ != state_->next() || !state_->has_senders();
    }
    broadcast_item<T> take() {
        if (const std::uint64_t oldest = state_->oldest(); next_ < oldest) {
            return broadcast_item<T>::of_missed(oldest - std::exchange(next_, oldest));
        }
        if (next_ == state_->next()) return {};
        broadcast_item<T> item{state_->take(next_)};
        ++next_;
        return item;
    }

    detail::broadcast_state<T>* state_ = nullptr;  // counted; null once closed
    std::uint64_t next_ = 0;                       // the number of the value to receive next
};

/// What `receive()` returns.
template <class T>
class [[nodiscard(
    "receiving needs co_await: co_await r.receive()")]] broadcast_receiver<T>::receive_operation
    : private detail::lone_wait {
public:
    explicit receive_operation(broadcast_receiver& through) noexcept : lone_wait{through} {}

    [[nodiscard]] bool await_ready() {
        if (!owner().has_news() || !detail::spend_budget()) return false;
        item_.emplace(owner().take());
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) {
        if (owner().has_news() && !detail::is_being_cancelled()) {
            item_.emplace(owner().take());
            return detail::wait_one_turn(frame, where);
        }
        detail::broadcast_state<T>* const state = owner().state_;
        wait_in(state->line(), detail::wait_kind::broadcast, state, frame, where);
    }
    broadcast_item<T> await_resume() {
        detail::deliver_cancellation();
        if (item_) return *std::exchange(item_, std::nullopt);
        finish();
        return owner().take();
    }

private:
    [[nodiscard]] broadcast_receiver& owner() const noexcept {
        return static_cast<broadcast_receiver&>(end());
    }

    std::optional<broadcast_item<T>> item_;  // taken without a wait
};

/// Makes a broadcast: `auto [sender, receiver] = patio::broadcast<price>(64);`
///
/// It keeps up to `capacity` values for receivers that have not received them yet. Who is slower
/// than that learns how many values it has missed, and goes on with the oldest one that is left.
///
/// **Use** it for news to many. Where no receiver may miss anything, and senders can wait, give
/// each its own `channel`; where only the latest value matters take a `watch`.
///
/// `T` must be copyable, and movable without exceptions; share what is large by a shared_ptr.
/// **Fails** with usage_error if `capacity` is zero.
/// **Cost** two allocations; a copy of the value for each receiver but the last; a wait allocates
/// nothing. A value is destroyed when all have received it.
template <class T>
std::pair<broadcast_sender<T>, broadcast_receiver<T>> broadcast(std::size_t capacity) {
    static_assert(detail::queue_item<T> && std::is_copy_constructible_v<T>,
                  "a broadcast's values are copied to the receivers, and must have a noexcept move "
                  "constructor: put them into a std::shared_ptr otherwise");
    if (capacity == 0) throw usage_error("a broadcast needs room for at least one value");
    auto& state = *new detail::broadcast_state<T>{capacity};
    return {broadcast_sender<T>{state}, broadcast_receiver<T>{state}};
}

}  // namespace patio
