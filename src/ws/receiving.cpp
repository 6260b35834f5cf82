// SPDX-License-Identifier: MIT

#include "connection_state.hpp"

#include "options_access.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/race.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <utility>

namespace patio::ws::detail {

using wire::ws::event_kind;

namespace {

/// What is read at a time: the first size at first, more once more comes.
constexpr std::size_t buffer_bytes_min = std::size_t{4} << 10;
constexpr std::size_t buffer_bytes_max = std::size_t{64} << 10;
/// A piece of a message that is received in pieces, save for what one event adds to it.
constexpr std::size_t piece_bytes_max = std::size_t{64} << 10;
/// What may be made of compressed bytes before others have a turn.
constexpr std::size_t step_bytes = std::size_t{64} << 10;
constexpr std::size_t whole_message = static_cast<std::size_t>(-1);

constexpr const char* receiving = "receiving a WebSocket message";

}  // namespace

// --- bytes

byte_span connection_state::room() {
    if (buffer_.empty()) {
        buffer_.resize(buffer_bytes_min);
    } else if (was_filled_ && buffer_.size() < buffer_bytes_max) {
        buffer_.resize(2 * buffer_.size());
    }
    return buffer_;
}

async<> connection_state::read_more() {
    try {
        auto reading = over_.read_some(room());
        const std::size_t count = co_await std::move(reading);
        if (count == 0) {
            lose(make_error_code(errc::end_of_stream), "the stream ended without a Close frame");
            co_return;
        }
        unread_ = byte_span{buffer_}.first(count);
        was_filled_ = count == buffer_.size();
        is_life_doubted_ = false;
    } catch (const std::system_error& failure) {
        lose(failure.code(), failure.what());
    }
}

namespace {

/// Counts the time in which nothing came, also if a cancellation ends it.
class stopwatch {
public:
    stopwatch(duration& sum, const byte_span& came) noexcept
        : sum_{sum}, came_{came}, begin_{now()} {}
    stopwatch(const stopwatch&) = delete;
    stopwatch& operator=(const stopwatch&) = delete;
    ~stopwatch() { sum_ = came_.empty() ? sum_ + (now() - begin_) : duration{}; }

private:
    duration& sum_;
    const byte_span& came_;
    time_point begin_;
};

}  // namespace

/// Only the time counts in which somebody waits for bytes: what has come and lies unread would
/// prove that the peer lives.
time_point connection_state::patience_ends() const noexcept {
    if (!session_.may_ping()) return time_point::never();  // the closing has a limit of its own
    const duration length = is_life_doubted_ ? options_access::ping_timeout(options_)
                                             : options_access::ping_interval(options_);
    return length == duration::forever() ? time_point::never() : now() + (length - waited_);
}

void connection_state::lose_patience() noexcept {
    waited_ = duration{};
    if (!is_life_doubted_) {
        is_life_doubted_ = true;
        ++ping_wanted_;
        return;
    }
    lose(make_error_code(std::errc::timed_out), "the peer has not answered a ping in time");
}

/// Waits for something to happen: bytes, the end, or that what is owed has been sent. Who receives
/// must not wait for room in the other direction without reading on: both peers might.
async<> connection_state::fill() {
    flush_now();
    const time_point until = patience_ends();
    bool is_in_time = true;
    {
        const stopwatch waiting{waited_, unread_};
        if (owes()) {
            auto both = race(read_more(), flush_quietly());
            const auto first = co_await move_on_at(until, std::move(both));
            is_in_time = first.has_value();
        } else if (until == time_point::never()) {
            co_await read_more();
        } else {
            is_in_time = co_await move_on_at(until, read_more());
        }
    }
    if (!is_in_time) lose_patience();
}

// --- events

void connection_state::take_pong(byte_view payload) noexcept {
    if (payload.size() != sizeof ping_sent_) return;  // not asked for
    std::uint64_t number = 0;
    for (const std::byte each : payload)
        number = number << 8 | std::to_integer<std::uint64_t>(each);
    if (number > ping_sent_ || number <= ping_answered_) return;
    ping_answered_ = number;
    pong_came_.set();
}

/// **Returns** whether there is something to do, which is in `made`.
bool connection_state::take(const wire::ws::event& event, progress& made, std::size_t piece_bytes) {
    switch (event.kind) {
        case event_kind::message_begin:
            partial_.kind = static_cast<message_kind>(event.message);
            is_message_begun_ = true;
            return false;
        case event_kind::data:
            partial_.data.append(event.text());
            made = progress::has_piece;
            return partial_.data.size() >= piece_bytes;
        case event_kind::message_end:
            is_message_ended_ = true;
            made = progress::has_message;
            return true;
        case event_kind::ping:
            // Only the last one need be answered: RFC 6455 section 5.5.3.
            if (session_.may_pong()) pong_.emplace(event.bytes.begin(), event.bytes.end());
            return false;
        case event_kind::pong:
            take_pong(event.bytes);
            return false;
        case event_kind::close:
            take_close(event);
            made = progress::is_closing;
            return true;
        case event_kind::failed:
            take_failure(event);
            made = progress::is_closing;
            return true;
        case event_kind::need_more:
            break;
    }
    made = progress::needs_input;
    return true;
}

connection_state::progress connection_state::read_on(std::size_t piece_bytes) {
    if (is_message_ended_) return progress::has_message;
    progress made = progress::needs_input;
    while (!take(reader_.next(unread_), made, piece_bytes)) {}
    return made;
}

/// Reads until there is a message, or a piece of one. **Returns** false if the connection has
/// ended in the orderly way.
async<bool> connection_state::advance(connection_state& self, std::size_t piece_bytes) {
    for (;;) {
        if (self.must_settle()) co_await self.settle();
        if (self.is_over_) {
            if (self.has_said_goodbye()) co_return false;
            self.throw_closed(receiving);
        }
        const std::size_t held = self.partial_.data.size();
        const bool is_whole = piece_bytes == whole_message;
        const progress made = self.read_on(is_whole ? held + step_bytes : piece_bytes);
        const bool has_piece = !is_whole && !self.partial_.data.empty();
        if (made == progress::has_message || (has_piece && made != progress::is_closing)) {
            if (self.owes()) co_await self.flush_briefly();  // nobody may receive for a while
            co_return true;
        }
        if (made == progress::has_piece) co_await checkpoint();
        if (made == progress::needs_input) co_await self.fill();
    }
}

// --- who reads

/// One task at a time.
class reading_claim {
public:
    using reader = connection_state::reader;

    reading_claim(connection_state& of, reader who) : of_{of} {
        if (of_.reading_ != reader::nobody) {
            throw usage_error{"two tasks receive from one WebSocket connection at once"};
        }
        of_.reading_ = who;
    }
    reading_claim(const reading_claim&) = delete;
    reading_claim& operator=(const reading_claim&) = delete;
    ~reading_claim() {
        of_.reading_ = reader::nobody;
        of_.reader_left_.set();
    }

private:
    connection_state& of_;
};

/// Closing reads too, if nobody else does.
async<> connection_state::await_closer() {
    while (reading_ == reader::closer) {
        reader_left_.clear();
        co_await reader_left_.wait();
    }
}

async<std::optional<message>> connection_state::receive(ref self) {
    co_await checkpoint();
    if (self->reading_ == reader::closer) co_await self->await_closer();
    const reading_claim claim{*self, reader::receiver};
    if (self->is_in_pieces_) {
        throw usage_error{"receive() cannot give the rest of a message that is received in pieces"};
    }
    const bool has_one = co_await advance(*self, whole_message);
    std::optional<message> whole;
    if (has_one) whole.emplace(std::exchange(self->partial_, message{}));
    self->is_message_ended_ = false;
    co_return whole;
}

async<std::optional<message_piece>> connection_state::receive_piece(ref self) {
    co_await checkpoint();
    if (self->reading_ == reader::closer) co_await self->await_closer();
    const reading_claim claim{*self, reader::receiver};
    const bool has_one = co_await advance(*self, piece_bytes_max);
    std::optional<message_piece> piece;
    if (has_one) {
        const bool is_last = std::exchange(self->is_message_ended_, false);
        piece.emplace(self->partial_.kind, std::exchange(self->partial_.data, {}), is_last);
        self->is_in_pieces_ = !is_last;
    }
    co_return piece;
}

/// Reads until the connection has ended, for who closes it: messages that still come are dropped.
async<> connection_state::read_to_the_end() {
    while (!is_over_) {
        if (reading_ != reader::nobody) {
            reader_left_.clear();
            co_await reader_left_.wait();
            continue;
        }
        const reading_claim claim{*this, reader::closer};
        if (must_settle()) {
            co_await settle();
            continue;
        }
        const progress made = read_on(piece_bytes_max);
        partial_.data.clear();
        is_message_ended_ = false;
        if (made == progress::needs_input) co_await fill();
        co_await checkpoint();
    }
}

}  // namespace patio::ws::detail
