// SPDX-License-Identifier: MIT
#pragma once

// What the ends of a broadcast share: the last values, and who has still to receive them.

#include <patio/core/detail/item_buffer.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace patio::detail {

/// It lives as long as one of its ends does.
template <class T>
class broadcast_state {
public:
    explicit broadcast_state(std::size_t capacity) : places_(capacity) {}
    broadcast_state(const broadcast_state&) = delete;
    broadcast_state& operator=(const broadcast_state&) = delete;

    /// The number of the value that will be sent next.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
    /// The number of the oldest value that was not overwritten.
    [[nodiscard]] std::uint64_t oldest() const noexcept {
        return next_ > places_.size() ? next_ - places_.size() : 0;
    }
    [[nodiscard]] bool has_senders() const noexcept { return sender_count_ > 0; }
    [[nodiscard]] std::size_t receiver_count() const noexcept { return receiver_count_; }
    [[nodiscard]] wait_list& line() noexcept { return line_; }

    std::size_t send(T&& value) noexcept {
        const std::size_t count = receiver_count_;
        if (count == 0) return 0;
        place& target = place_of(next_);
        // Destroyed last: its destructor may do anything, also send.
        [[maybe_unused]] const std::optional<T> overwritten =
            std::exchange(target.value, std::nullopt);
        target.value.emplace(std::move(value));
        target.waited_for_by = count;
        ++next_;
        line_.wake_all();
        return count;
    }

    /// A value that is still there, for one of those who have not received it.
    [[nodiscard]] T take(std::uint64_t number) {
        place& source = place_of(number);
        if (source.waited_for_by == 1) {
            source.waited_for_by = 0;
            T last(*std::move(source.value));
            source.value.reset();
            return last;
        }
        T copy(std::as_const(*source.value));  // may throw: then it has not been received
        --source.waited_for_by;
        return copy;
    }

    void add_sender() noexcept { ++sender_count_; }
    void remove_sender() noexcept {
        if (--sender_count_ == 0) line_.wake_all();
        delete_if_unused();
    }

    /// A receiver that has still to receive the values from `first` on.
    void add_receiver(std::uint64_t first) noexcept {
        ++receiver_count_;
        for (std::uint64_t n = first < oldest() ? oldest() : first; n != next_; ++n) {
            ++place_of(n).waited_for_by;
        }
    }
    void remove_receiver(std::uint64_t first) noexcept {
        const std::uint64_t end = next_;
        --receiver_count_;  // what the destructors below send is not for this one
        ++sender_count_;    // what they close does not end the state
        for (std::uint64_t n = first; n < end; ++n) {
            if (n < oldest()) continue;
            place& left = place_of(n);
            if (--left.waited_for_by == 0) {
                [[maybe_unused]] const std::optional<T> dropped =
                    std::exchange(left.value, std::nullopt);
            }
        }
        remove_sender();
    }

private:
    struct place {
        std::optional<T> value;
        std::size_t waited_for_by = 0;  // receivers; there is a value as long as there is one
    };

    ~broadcast_state() = default;
    void delete_if_unused() noexcept {
        if (sender_count_ == 0 && receiver_count_ == 0) delete this;
    }
    [[nodiscard]] place& place_of(std::uint64_t number) noexcept {
        return places_[number % places_.size()];
    }

    std::vector<place> places_;
    std::uint64_t next_ = 0;
    wait_list line_;
    std::size_t sender_count_ = 0;
    std::size_t receiver_count_ = 0;
};

}  // namespace patio::detail
