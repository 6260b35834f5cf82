// SPDX-License-Identifier: MIT
#pragma once

// What the ends of a channel share: its items and its two lines of waiting tasks.

#include <patio/base/config.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/item_buffer.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace patio {

/// What is in a channel and who is at it.
struct channel_statistics {
    std::size_t buffered;  ///< items that were sent and not yet received
    std::size_t capacity;  ///< how many there may be
    std::size_t senders;
    std::size_t receivers;
    std::size_t senders_waiting;  ///< tasks that wait for room
    std::size_t receivers_waiting;
};

namespace detail {

class channel_base;

/// How an operation on a channel ended.
enum class channel_outcome : std::uint8_t {
    none,       ///< it has not
    done,       ///< the item has changed hands
    none_left,  ///< the other side has no ends left
    closed,     ///< the end that it went through was closed
};

/// Somebody in one of a channel's lines: what a task's `payload` points to while its kind is
/// `channel_send` or `channel_receive`.
struct channel_wait {
    channel_base* target = nullptr;
    std::uint64_t end = 0;  ///< the number of the end through which it goes
    channel_outcome outcome = channel_outcome::none;
};

/// The part of a channel that does not depend on types. It lives as long as an end does.
class PATIO_EXPORT channel_base {
public:
    explicit channel_base(std::size_t capacity) noexcept : capacity_{capacity} {}
    channel_base(const channel_base&) = delete;
    channel_base& operator=(const channel_base&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool has_senders() const noexcept { return sender_count_ > 0; }
    [[nodiscard]] bool has_receivers() const noexcept { return receiver_count_ > 0; }
    [[nodiscard]] channel_statistics statistics(std::size_t buffered) const noexcept;

    /// Both give a number to the end.
    std::uint64_t add_sender() noexcept;
    std::uint64_t add_receiver() noexcept;

    /// Makes the task wait in a line. **Fails** by not touching `waiting` if it is being cancelled.
    void wait_in(wait_list& line, wait_kind kind, channel_wait& waiting, awaiting_frame frame,
                 place where) noexcept;

    wait_list& senders() noexcept { return senders_; }
    wait_list& receivers() noexcept { return receivers_; }

    [[noreturn, gnu::cold]] static void throw_closed(channel_outcome why);

protected:
    ~channel_base() = default;

    /// Whoever waits through the end is told.
    void remove_sender(std::uint64_t end) noexcept;
    void remove_receiver(std::uint64_t end) noexcept;
    /// Whether the last end is gone.
    [[nodiscard]] bool drop() noexcept { return --end_count_ == 0; }

    // Invariants: receivers_ is empty unless there is nothing to receive; senders_ is empty unless
    // the items fill the capacity.
    wait_list senders_;
    wait_list receivers_;
    std::size_t capacity_;
    std::size_t sender_count_ = 0;
    std::size_t receiver_count_ = 0;
    std::size_t end_count_ = 0;
    std::uint64_t last_number_ = 0;
};

template <class T>
struct channel_send_wait : channel_wait {
    explicit channel_send_wait(T&& sent) noexcept : item(std::move(sent)) {}
    T item;
};
template <class T>
struct channel_receive_wait : channel_wait {
    std::optional<T> item;  ///< handed over
};

template <class T>
class channel_state final : public channel_base {
public:
    using channel_base::channel_base;

    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] bool can_send() const noexcept {
        return !receivers_.empty() || items_.size() < capacity_;
    }
    [[nodiscard]] bool can_receive() const noexcept {
        return items_.size() > 0 || !senders_.empty();
    }

    /// Only if one can send.
    void put(T&& item) {
        if (receivers_.empty()) return items_.put(std::move(item));
        task_block& receiver = *receivers_.pop_front();
        auto& wait = static_cast<channel_receive_wait<T>&>(wait_of(receiver));
        wait.item.emplace(std::move(item));
        wait.outcome = channel_outcome::done;
        wake(receiver);
    }
    /// Only if one can receive.
    [[nodiscard]] T take() noexcept {
        if (senders_.empty()) [[likely]]
            return items_.take();
        return take_and_refill();
    }

    void close_sender(std::uint64_t end) noexcept {
        remove_sender(end);
        if (drop()) delete this;
    }
    void close_receiver(std::uint64_t end) noexcept {
        remove_receiver(end);
        // The end still counts: destroying the items may close other ends of this very channel.
        if (receiver_count_ == 0) items_.clear();
        if (drop()) delete this;
    }

private:
    static channel_wait& wait_of(const task_block& task) noexcept {
        return *static_cast<channel_wait*>(task.payload);
    }
    /// The place that becomes free belongs to the first sender. Its memory is there already.
    [[nodiscard, gnu::noinline]] T take_and_refill() noexcept {
        task_block& sender = *senders_.pop_front();
        auto& wait = static_cast<channel_send_wait<T>&>(wait_of(sender));
        wait.outcome = channel_outcome::done;
        wake(sender);
        if (capacity_ == 0) return std::move(wait.item);
        T first = items_.take();
        items_.put(std::move(wait.item));
        return first;
    }

    fifo_items<T> items_;
};

}  // namespace detail

}  // namespace patio
