// SPDX-License-Identifier: MIT
#pragma once

// The latest state of something, for whoever wants to know when it changes.

#include <patio/core/async.hpp>
#include <patio/core/detail/lone_wait.hpp>
#include <patio/core/errors.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

/// What the ends share; it lives as long as one of them does.
template <class T>
struct watch_state {
    explicit watch_state(T&& initial) : value(std::move(initial)) {}

    T value;
    std::uint64_t version = 0;
    wait_list line;
    std::size_t senders = 0;
    std::size_t receivers = 0;
};

}  // namespace detail

template <class T>
class watch_receiver;

/// The end that sets the value. Copies are ends of the same watch.
///
/// **Threads** belongs to one loop.
template <class T>
class watch_sender {
public:
    using loop_affine = void;
    using value_type = T;

    watch_sender() noexcept = default;
    watch_sender(const watch_sender& other) noexcept : state_{other.state_} {
        if (state_ != nullptr) ++state_->senders;
    }
    watch_sender(watch_sender&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    watch_sender& operator=(watch_sender other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~watch_sender() { close(); }

    /// Replaces the value and tells all receivers, also if it is equal to the one before. Never
    /// suspends. What a receiver has not looked at yet is gone.
    /// **Fails** with channel_closed if this end was closed or moved from.
    void send(T value) {
        detail::watch_state<T>& current = state();
        using std::swap;
        swap(current.value, value);
        tell();
    }
    /// Calls `change(T&)` on the value and tells all receivers. If it throws, nobody is told.
    template <std::invocable<T&> F>
    void modify(F&& change) {
        std::forward<F>(change)(state().value);
        tell();
    }
    /// The value; it stays where it is, and changes when somebody sends.
    [[nodiscard]] const T& get() const { return state().value; }

    /// A receiver that has seen the present value.
    [[nodiscard]] watch_receiver<T> subscribe() const { return watch_receiver<T>{state()}; }
    [[nodiscard]] std::size_t receiver_count() const { return state().receivers; }

    /// Drops the end. With the last one the value is final: `changed()` of a receiver that has seen
    /// it gives false.
    void close() noexcept {
        detail::watch_state<T>* const state = std::exchange(state_, nullptr);
        if (state == nullptr) return;
        if (--state->senders == 0) state->line.wake_all();
        if (state->senders == 0 && state->receivers == 0) delete state;
    }

    /// For the library.
    explicit watch_sender(detail::watch_state<T>& state) noexcept : state_{&state} {
        ++state.senders;
    }

private:
    [[nodiscard]] detail::watch_state<T>& state() const {
        if (state_ == nullptr) throw channel_closed{"this end of the watch is closed"};
        return *state_;
    }
    void tell() noexcept {
        if (state_ == nullptr) return;  // what was replaced, or the change, has closed this end
        ++state_->version;
        state_->line.wake_all();
    }

    detail::watch_state<T>* state_ = nullptr;  // counted; null once closed
};

/// The end that looks at the value. Each copy remembers on its own what it has seen.
///
/// **Threads** belongs to one loop.
template <class T>
class watch_receiver : private detail::lone_end {
public:
    using loop_affine = void;
    using value_type = T;

    watch_receiver() noexcept = default;
    watch_receiver(const watch_receiver& other) noexcept
        : lone_end{}, state_{other.state_}, seen_{other.seen_} {
        if (state_ != nullptr) ++state_->receivers;
    }
    watch_receiver(watch_receiver&& other) noexcept
        : lone_end{std::move(other)},
          state_{std::exchange(other.state_, nullptr)},
          seen_{other.seen_} {}
    watch_receiver& operator=(const watch_receiver& other) noexcept {
        return *this = watch_receiver{other};
    }
    watch_receiver& operator=(watch_receiver&& other) noexcept {
        if (this == &other) return *this;
        close();
        take_wait(other);
        state_ = std::exchange(other.state_, nullptr);
        seen_ = other.seen_;
        return *this;
    }
    ~watch_receiver() { close(); }

    /// The latest value. It stays where it is, and changes when somebody sends: what you keep over
    /// a `co_await`, copy.
    /// **Fails** with channel_closed if this end was closed or moved from.
    [[nodiscard]] const T& get() const { return state().value; }
    /// Whether something was sent since this end was made or `changed()` last said so.
    [[nodiscard]] bool has_changed() const { return state().version != seen_; }

    class change_operation;

    /// Waits until something is sent that this end has not seen: `while (co_await r.changed())`.
    ///
    /// **Returns** true, and the value counts as seen; false if it is final: no sender is left.
    /// Values that come faster than they are looked at are skipped, but never the last one.
    /// **Suspends** only while there is no news, or to give others a turn after many operations
    /// that were ready at once.
    /// **Borrows** this end until it begins to wait.
    /// **Fails** with channel_closed if this end is closed, also while it waits; with usage_error
    /// if another task waits through it: give each a copy.
    /// **Cancel** takes nothing: the next call tells what this one would have told.
    [[nodiscard("waiting needs co_await: co_await r.changed()")]] change_operation
    changed() noexcept {
        return change_operation{*this};
    }

    /// Waits until the value is such that `accept(const T&)` is true. It is asked for the present
    /// value first, then after each change, in the waiting task; values that come and go between
    /// two turns may be missed.
    ///
    /// **Returns** true, and the value counts as seen; false if it is final and not accepted.
    /// **Borrows** this end until it returns; the predicate may close it. **Owns** the predicate.
    /// **Suspends**, **Fails**, **Cancel** as `changed()`; and with what the predicate throws.
    /// **Cost** a frame from the pool.
    template <std::predicate<const T&> F>
    async<bool> wait_for(F accept) {
        check_not_awaited();
        for (;;) {
            const detail::watch_state<T>* const asked = &state();
            const std::uint64_t version = asked->version;
            if (accept(get())) {  // it may send, or close this end
                if (state_ == asked) seen_ = version;
                co_return true;
            }
            const bool is_news = co_await changed();
            if (!is_news) co_return false;
        }
    }

    /// Drops the end; whoever waits through it gets channel_closed.
    void close() noexcept {
        end_wait();
        detail::watch_state<T>* const state = std::exchange(state_, nullptr);
        if (state == nullptr) return;
        if (--state->receivers == 0 && state->senders == 0) delete state;
    }

    /// For the library: has seen the present value.
    explicit watch_receiver(detail::watch_state<T>& state) noexcept
        : state_{&state}, seen_{state.version} {
        ++state.receivers;
    }

private:
    [[nodiscard]] detail::watch_state<T>& state() const {
        if (state_ == nullptr) throw_end_closed();
        return *state_;
    }
    [[nodiscard]] bool has_outcome() const { return has_changed() || state_->senders == 0; }
    bool take_news() noexcept { return std::exchange(seen_, state_->version) != state_->version; }

    detail::watch_state<T>* state_ = nullptr;  // counted; null once closed
    std::uint64_t seen_ = 0;                   // the version
};

/// What `changed()` returns.
template <class T>
class [[nodiscard(
    "waiting needs co_await: co_await r.changed()")]] watch_receiver<T>::change_operation
    : private detail::lone_wait {
public:
    explicit change_operation(watch_receiver& through) noexcept : lone_wait{through} {}

    [[nodiscard]] bool await_ready() {
        watch_receiver& r = owner();
        r.check_not_awaited();
        is_known_ = r.has_outcome() && detail::spend_budget();
        if (is_known_) is_news_ = r.take_news();
        return is_known_;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (owner().has_outcome() && !detail::is_being_cancelled()) {
            is_known_ = true;
            is_news_ = owner().take_news();
            return detail::wait_one_turn(frame, where);
        }
        detail::watch_state<T>* const state = owner().state_;
        wait_in(state->line, detail::wait_kind::watch, state, frame, where);
    }
    bool await_resume() {
        detail::deliver_cancellation();
        if (is_known_) return is_news_;
        finish();
        return owner().take_news();
    }

private:
    [[nodiscard]] watch_receiver& owner() const noexcept {
        return static_cast<watch_receiver&>(end());
    }

    bool is_known_ = false;  // without a wait
    bool is_news_ = false;
};

/// Makes a watch over a value: `auto [sender, receiver] = patio::watch<config>(load());`
///
/// **Use** it for what only the latest state of matters: a configuration, a progress, "closing".
/// For each single value take a `broadcast`; to hand out work a `channel`; for one bit an `event`.
///
/// **Cost** one allocation; a wait allocates nothing.
template <class T>
std::pair<watch_sender<T>, watch_receiver<T>> watch(T initial) {
    static_assert(std::is_object_v<T> && std::is_swappable_v<T>);
    auto& state = *new detail::watch_state<T>{std::move(initial)};
    return {watch_sender<T>{state}, watch_receiver<T>{state}};
}

}  // namespace patio
