// SPDX-License-Identifier: MIT

#include <patio/core/channel/channel.hpp>

namespace patio::detail {

namespace {

/// Tells everybody in a line.
void end_all(wait_list& line, channel_outcome why) noexcept {
    while (task_block* task = line.pop_front()) {
        static_cast<channel_wait*>(task->payload)->outcome = why;
        wake(*task);
    }
}

/// Tells those in a line who went through the end that is being closed.
void end_those_of(wait_list& line, std::uint64_t end) noexcept {
    for (task_block* task = line.front(); task != nullptr;) {
        auto* following = static_cast<task_block*>(line.after(*task));
        auto& wait = *static_cast<channel_wait*>(task->payload);
        if (wait.end == end) {
            wait.outcome = channel_outcome::closed;
            node_list::remove(*task);
            wake(*task);
        }
        task = following;
    }
}

}  // namespace

channel_statistics channel_base::statistics(std::size_t buffered) const noexcept {
    return {buffered,        capacity_,       sender_count_,
            receiver_count_, senders_.size(), receivers_.size()};
}

std::uint64_t channel_base::add_sender() noexcept {
    ++sender_count_;
    ++end_count_;
    return ++last_number_;
}

std::uint64_t channel_base::add_receiver() noexcept {
    ++receiver_count_;
    ++end_count_;
    return ++last_number_;
}

void channel_base::remove_sender(std::uint64_t end) noexcept {
    end_those_of(senders_, end);
    if (--sender_count_ == 0) end_all(receivers_, channel_outcome::none_left);
}

void channel_base::remove_receiver(std::uint64_t end) noexcept {
    end_those_of(receivers_, end);
    if (--receiver_count_ == 0) end_all(senders_, channel_outcome::none_left);
}

void channel_base::wait_in(wait_list& line, wait_kind kind, channel_wait& waiting,
                           awaiting_frame frame, place where) noexcept {
    if (task_block* task = begin_wait(frame, kind, where)) {
        waiting.target = this;
        task->payload = &waiting;
        line.push_back(*task);
    }
}

void channel_base::throw_closed(channel_outcome why) {
    if (why == channel_outcome::none_left) {
        throw channel_closed{"the channel is closed: nobody is left to receive"};
    }
    throw channel_closed{"this end of the channel was closed or moved from"};
}

}  // namespace patio::detail
