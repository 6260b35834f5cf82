// SPDX-License-Identifier: MIT
#pragma once

// One value, from one task to another.

#include <patio/core/detail/item_buffer.hpp>
#include <patio/core/detail/lone_wait.hpp>
#include <patio/core/errors.hpp>

#include <optional>
#include <source_location>
#include <utility>

namespace patio {

namespace detail {

/// What both ends share; it lives as long as one of them does.
template <class T>
struct oneshot_state {
    std::optional<T> value;
    wait_list line;        // the receiver's task, or nobody
    bool is_sent = false;  // stays true when the value was taken
    bool has_sender = true;
    bool has_receiver = true;
};

[[noreturn, gnu::cold]] PATIO_EXPORT void throw_oneshot_used();
[[noreturn, gnu::cold]] PATIO_EXPORT void throw_oneshot_abandoned();

}  // namespace detail

/// The end into which the value goes. Dropping it without one fails the receiver.
///
/// **Threads** belongs to one loop.
template <class T>
class oneshot_sender {
public:
    using loop_affine = void;
    using value_type = T;

    oneshot_sender() noexcept = default;
    oneshot_sender(oneshot_sender&& other) noexcept
        : state_{std::exchange(other.state_, nullptr)} {}
    oneshot_sender& operator=(oneshot_sender other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~oneshot_sender() { close(); }

    /// Gives the value to the receiver, which goes on in the next turn if it waits. Never suspends.
    ///
    /// **Returns** false if the receiver is gone: the value is destroyed.
    /// **Fails** with usage_error if a value was sent before; with channel_closed if this end was
    /// closed or moved from.
    bool send(T value) {
        if (state_ == nullptr) throw channel_closed{"this end of the oneshot is closed"};
        if (state_->is_sent) detail::throw_oneshot_used();
        if (!state_->has_receiver) return false;
        state_->value.emplace(std::move(value));
        state_->is_sent = true;
        state_->line.wake_all();
        return true;
    }

    /// Drops the end: without a value the receiver gets channel_closed.
    void close() noexcept {
        detail::oneshot_state<T>* const state = std::exchange(state_, nullptr);
        if (state == nullptr) return;
        state->has_sender = false;
        if (!state->is_sent) state->line.wake_all();
        if (!state->has_receiver) delete state;
    }
    /// Whether anybody could still receive.
    [[nodiscard]] bool has_receiver() const noexcept {
        return state_ != nullptr && state_->has_receiver;
    }

    /// For the library.
    explicit oneshot_sender(detail::oneshot_state<T>& state) noexcept : state_{&state} {}

private:
    detail::oneshot_state<T>* state_ = nullptr;  // null once closed
};

/// The end out of which the value comes.
///
/// **Threads** belongs to one loop.
template <class T>
class oneshot_receiver : private detail::lone_end {
public:
    using loop_affine = void;
    using value_type = T;

    oneshot_receiver() noexcept = default;
    oneshot_receiver(oneshot_receiver&& other) noexcept
        : lone_end{std::move(other)}, state_{std::exchange(other.state_, nullptr)} {}
    oneshot_receiver& operator=(oneshot_receiver&& other) noexcept {
        if (this == &other) return *this;
        close();
        take_wait(other);
        state_ = std::exchange(other.state_, nullptr);
        return *this;
    }
    ~oneshot_receiver() { close(); }

    class receive_operation;

    /// Waits for the value.
    ///
    /// **Suspends** only while it is not there, or to give others a turn after many operations that
    /// were ready at once.
    /// **Borrows** this end until it begins to wait.
    /// **Fails** with channel_closed if the sender was dropped without having sent, or this end is
    /// closed, also while it waits; with usage_error if the value was received before, or another
    /// task waits for it.
    /// **Cancel** the value stays where it is and can be received later.
    [[nodiscard("receiving needs co_await: co_await r.receive()")]] receive_operation
    receive() noexcept {
        return receive_operation{*this};
    }

    /// The value if it is there; empty does not mean that it will not come.
    /// **Fails** as `receive` does.
    [[nodiscard("the value is lost if it is ignored")]] std::optional<T> try_receive() {
        if (!has_outcome()) return std::nullopt;
        return take();
    }

    /// Drops the end, and the value with it; whoever waits through it gets channel_closed.
    void close() noexcept {
        end_wait();
        detail::oneshot_state<T>* const state = std::exchange(state_, nullptr);
        if (state == nullptr) return;
        state->has_receiver = false;
        [[maybe_unused]] const std::optional<T> dropped = std::exchange(state->value, std::nullopt);
        if (!state->has_sender) delete state;
    }

    /// For the library.
    explicit oneshot_receiver(detail::oneshot_state<T>& state) noexcept : state_{&state} {}

private:
    /// Whether nothing is left to wait for.
    [[nodiscard]] bool has_outcome() const {
        check_not_awaited();
        if (state_ == nullptr) throw_end_closed();
        return state_->is_sent || !state_->has_sender;
    }
    T take() {
        if (!state_->value) {
            if (state_->is_sent) detail::throw_oneshot_used();
            detail::throw_oneshot_abandoned();
        }
        T value(*std::move(state_->value));
        state_->value.reset();
        return value;
    }

    detail::oneshot_state<T>* state_ = nullptr;  // null once closed
};

/// What `receive()` returns.
template <class T>
class [[nodiscard(
    "receiving needs co_await: co_await r.receive()")]] oneshot_receiver<T>::receive_operation
    : private detail::lone_wait {
public:
    explicit receive_operation(oneshot_receiver& through) noexcept : lone_wait{through} {}

    [[nodiscard]] bool await_ready() {
        if (!owner().has_outcome() || !detail::spend_budget()) return false;
        value_.emplace(owner().take());
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) {
        if (owner().has_outcome() && !detail::is_being_cancelled()) {
            value_.emplace(owner().take());
            return detail::wait_one_turn(frame, where);
        }
        detail::oneshot_state<T>* const state = owner().state_;
        wait_in(state->line, detail::wait_kind::oneshot, state, frame, where);
    }
    T await_resume() {
        detail::deliver_cancellation();
        if (value_) return *std::move(value_);
        finish();
        return owner().take();
    }

private:
    [[nodiscard]] oneshot_receiver& owner() const noexcept {
        return static_cast<oneshot_receiver&>(end());
    }

    std::optional<T> value_;  // taken without a wait
};

/// Makes a channel for one value: `auto [sender, receiver] = patio::oneshot<int>();`
///
/// **Use** it to hand a result to whoever asked for it, from a place that is not the end of a task.
/// A task's own result comes out of `co_await task`. For more than one value take a `channel`.
///
/// `T` must be movable without exceptions.
/// **Cost** one allocation.
template <class T>
std::pair<oneshot_sender<T>, oneshot_receiver<T>> oneshot() {
    static_assert(detail::queue_item<T>,
                  "a oneshot's value must have a noexcept move constructor, so that it cannot be "
                  "lost half-way: put it into a std::unique_ptr otherwise");
    auto& state = *new detail::oneshot_state<T>;
    return {oneshot_sender<T>{state}, oneshot_receiver<T>{state}};
}

}  // namespace patio
