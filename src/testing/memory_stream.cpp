// SPDX-License-Identifier: MIT

#include <patio/testing/memory_stream.hpp>

#include <patio/core/detail/frame.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace patio {

// What is in here is no part of the stacks that users see.
namespace detail {

using testing::memory_fault;
using testing::memory_options;

namespace {

/// Waits for an event, for reports in a stream.
class stream_wait : event::wait_operation {
public:
    stream_wait(event& source, wait_kind kind) noexcept
        : event::wait_operation{source}, kind_{kind} {}

    using event::wait_operation::await_ready;
    using event::wait_operation::await_resume;
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        const wait_kind kind = kind_;  // a task that is being cancelled does not wait: this may go
        event::wait_operation::await_suspend(frame, where);
        task_block& task = *this_loop->current;
        if (task.kind == wait_kind::event) task.kind = kind;
    }

private:
    wait_kind kind_;
};

/// What was written at one time.
struct packet {
    std::string bytes;
    std::size_t taken = 0;
    time_point arrival;
};

/// One direction. The events mean "look again"; waiting for a set one spends the budget of
/// operations that are ready.
struct direction {
    std::deque<packet> underway;
    std::size_t size = 0;
    event readable;
    event writable;
    time_point end = time_point::never();  // when the reader sees the end, behind all bytes
    bool is_reader_gone = false;
    end_watch* on_end = nullptr;  // of the reader

    void tell(peer_end how) noexcept {
        if (on_end != nullptr) on_end->peer_ended(how);
    }
    void wake() noexcept {
        readable.set();
        writable.set();
    }
    void end_at(time_point when) noexcept {
        if (end == time_point::never()) end = when;
        wake();
        tell(peer_end::half);
    }
    void drop() noexcept {
        underway.clear();
        size = 0;
    }
    /// When there will be something to look at.
    [[nodiscard]] time_point next_arrival() const noexcept {
        return underway.empty() ? end : underway.front().arrival;
    }
    [[nodiscard]] bool has_ended() const noexcept { return underway.empty() && end <= now(); }
    std::size_t take(byte_span target) {
        std::size_t count = 0;
        while (count < target.size() && !underway.empty() && underway.front().arrival <= now()) {
            packet& first = underway.front();
            const std::size_t piece =
                std::min(target.size() - count, first.bytes.size() - first.taken);
            std::copy_n(reinterpret_cast<const std::byte*>(first.bytes.data()) + first.taken, piece,
                        target.data() + count);
            count += piece;
            first.taken += piece;
            if (first.taken == first.bytes.size()) underway.pop_front();
        }
        size -= count;
        return count;
    }
};

/// Both directions, and what has become of them.
struct line {
    direction ways[2];
    bool is_reset = false;
    bool is_silent = false;

    void break_off(memory_fault how) {
        switch (how) {
            case memory_fault::truncation:
                for (direction& way : ways) {
                    way.is_reader_gone = true;
                    way.end_at(way.underway.empty() ? time_point{} : way.underway.back().arrival);
                }
                break;
            case memory_fault::reset:
                is_reset = true;
                for (direction& way : ways) {
                    way.drop();
                    way.wake();
                    way.tell(peer_end::whole);
                }
                break;
            case memory_fault::silence:
                is_silent = true;
                for (direction& way : ways)
                    way.writable.set();
                break;
        }
    }
};

}  // namespace

/// One end. The line is shared, since either end may go first.
class memory_transport final : public transport {
public:
    memory_transport(std::shared_ptr<line> shared, std::size_t side, memory_options options)
        : line_{std::move(shared)},
          in_{line_->ways[side]},
          out_{line_->ways[1 - side]},
          options_{options} {}
    ~memory_transport() override { memory_transport::abort(); }

    async<std::size_t> read_some(byte_span target) override {
        for (;;) {
            // A reader that was cancelled may have left the event clear: it says what was seen.
            const time_point next = in_.next_arrival();
            if (is_closed_ || line_->is_reset || next <= now()) {
                in_.readable.set();
            } else {
                in_.readable.clear();
            }
            co_await move_on_at(next, stream_wait{in_.readable, wait_kind::stream_read});
            check_open("reading from memory");
            const std::size_t count = in_.take(target.first(options_.slice_bytes_));
            if (count > 0) in_.writable.set();
            if (count > 0 || in_.has_ended()) co_return count;
        }
    }

    async<> write(byte_views parts) override {
        std::size_t taken = 0;
        co_await write_counted(parts, taken);
    }
    async<> write_counted(byte_views parts, std::size_t& taken) override {
        taken = 0;
        for (std::size_t index = 0; index < parts.count(); ++index) {
            for (byte_view rest = parts[index]; !rest.empty();) {
                co_await stream_wait{out_.writable, wait_kind::stream_write};
                check_writable();
                const std::size_t count = put(rest);
                taken += count;
                rest = rest.from(count);
            }
        }
    }

    async<> shutdown() override {
        end_writing();
        co_return;
    }
    async<> close() override {
        abort();
        co_return;
    }
    void abort() noexcept override {
        if (std::exchange(is_closed_, true)) return;
        end_writing();
        in_.is_reader_gone = !line_->is_silent;
        in_.on_end = nullptr;
        in_.drop();
        in_.wake();
    }

    bool watch_end(end_watch* watch) noexcept override {
        in_.on_end = watch;
        if (watch != nullptr && line_->is_reset) watch->peer_ended(peer_end::whole);
        if (watch != nullptr && in_.end != time_point::never()) watch->peer_ended(peer_end::half);
        return true;
    }

    void break_off_after(std::size_t bytes, memory_fault how) {
        if (bytes == 0) return line_->break_off(how);
        bytes_to_fault_ = bytes;
        fault_ = how;
    }

private:
    void check_open(const char* doing) const {
        if (is_closed_) throw error{errc::closed, doing};
        if (line_->is_reset) throw error{make_error_code(std::errc::connection_reset), doing};
    }
    void check_writable() const {
        check_open("writing to memory");
        if (out_.is_reader_gone || out_.end != time_point::never()) {
            throw error{make_error_code(std::errc::broken_pipe), "writing to memory"};
        }
    }
    void end_writing() noexcept {
        if (!line_->is_silent) out_.end_at(arrival());
    }
    /// When what is sent now arrives. An end may die outside of any loop, where no time is.
    [[nodiscard]] time_point arrival() const noexcept {
        return options_.latency_ > duration{} ? now() + options_.latency_ : time_point{};
    }

    /// Sends what there is room for; if there is none, the next one waits.
    std::size_t put(byte_view bytes) {
        const std::size_t room = options_.buffer_bytes_ - out_.size;
        byte_view piece = line_->is_silent ? bytes : bytes.first(room);
        if (bytes_to_fault_ > 0) piece = piece.first(bytes_to_fault_);
        if (piece.empty()) {
            out_.writable.clear();
            return 0;
        }
        if (!line_->is_silent) {
            std::string copy(reinterpret_cast<const char*>(piece.data()), piece.size());
            out_.underway.push_back({std::move(copy), 0, arrival()});
            out_.size += piece.size();
            out_.readable.set();
        }
        if (bytes_to_fault_ > 0) {
            bytes_to_fault_ -= piece.size();
            if (bytes_to_fault_ == 0) line_->break_off(fault_);
        }
        return piece.size();
    }

    std::shared_ptr<line> line_;
    direction& in_;
    direction& out_;
    memory_options options_;
    std::size_t bytes_to_fault_ = 0;  // 0: none is awaited
    memory_fault fault_ = memory_fault::truncation;
    bool is_closed_ = false;
};

}  // namespace detail

namespace testing {

using detail::memory_transport;

stream_pair memory_streams(memory_options options) {
    auto shared = std::make_shared<detail::line>();
    for (detail::direction& way : shared->ways)
        way.wake();
    return {stream{std::make_unique<memory_transport>(shared, 0, options)},
            stream{std::make_unique<memory_transport>(shared, 1, options)}};
}

void break_off_after(stream& end, std::size_t bytes, memory_fault how) {
    for (transport* layer = end.carrier(); layer != nullptr; layer = layer->next_layer()) {
        if (auto* memory = dynamic_cast<memory_transport*>(layer)) {
            return memory->break_off_after(bytes, how);
        }
    }
    throw usage_error{"only a stream over memory can be broken off"};
}

void break_off(stream& end, memory_fault how) { break_off_after(end, 0, how); }

}  // namespace testing
}  // namespace patio
