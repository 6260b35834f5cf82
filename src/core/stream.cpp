// SPDX-License-Identifier: MIT

#include <patio/core/stream.hpp>

#include "exclusive_claim.hpp"

#include <patio/core/detail/stream_claim.hpp>
#include <patio/core/errors.hpp>

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstring>
#include <optional>
#include <source_location>
#include <vector>

namespace patio {
namespace detail {

/// Bytes that have arrived and were not read: one block, in which [begin, end) are used.
class read_buffer {
public:
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] const std::byte* data() const noexcept { return memory_.data() + begin_; }

    /// Room for at least one byte behind the last one, growing by doubling.
    byte_span room() {
        if (begin_ == end_) begin_ = end_ = 0;
        if (end_ == memory_.size() && begin_ > 0) {
            std::memmove(memory_.data(), data(), size());
            end_ = size();
            begin_ = 0;
        }
        if (end_ == memory_.size()) memory_.resize(std::max(first_bytes, 2 * memory_.size()));
        return {memory_.data() + end_, memory_.size() - end_};
    }
    void add(std::size_t count) noexcept { end_ += count; }
    void consume(std::size_t count) noexcept { begin_ += std::min(count, size()); }

    /// Moves bytes out. **Returns** how many.
    std::size_t take(byte_span target) noexcept {
        const std::size_t count = std::min(target.size(), size());
        if (count > 0) std::memcpy(target.data(), data(), count);
        consume(count);
        return count;
    }
    /// Puts bytes back in front of all others.
    void put_back(byte_view bytes) {
        if (bytes.empty()) return;
        std::vector<std::byte> all;
        all.reserve(bytes.size() + size());
        all.insert(all.end(), bytes.begin(), bytes.end());
        all.insert(all.end(), data(), data() + size());
        memory_ = std::move(all);
        begin_ = 0;
        end_ = memory_.size();
    }
    /// All of it, which is gone from here.
    std::string take_all() {
        std::string all(reinterpret_cast<const char*>(data()), size());
        *this = {};
        return all;
    }

private:
    static constexpr std::size_t first_bytes = 4096;

    std::vector<std::byte> memory_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// What a stream and the operations on it share.
struct stream_state {
    std::unique_ptr<transport> carrier;
    stream_limits limits;
    read_buffer buffer;
    std::uint32_t references = 1;
    bool is_reading = false;
    bool is_writing = false;
    bool is_at_end = false;  // the other side has ended it
    bool is_closed = false;

    [[nodiscard]] std::size_t line_bytes_max() const noexcept { return limits.line_bytes_max_; }
    [[nodiscard]] std::size_t all_bytes_max() const noexcept { return limits.all_bytes_max_; }

    void abort() noexcept {
        is_closed = true;
        if (carrier != nullptr) carrier->abort();
    }
};

stream_ref::stream_ref(const stream_ref& other) noexcept : state_{other.state_} {
    if (state_ != nullptr) ++state_->references;
}

stream_ref::~stream_ref() {
    if (state_ != nullptr && --state_->references == 0) delete state_;
}

namespace {

stream_state& opened(const stream_ref& state) {
    if (!state || state->is_closed) throw error{errc::closed, "using a stream"};
    return *state.get();
}

constexpr const char* two_readers = "two tasks read from one stream: each would get pieces";
constexpr const char* two_writers = "two tasks write to one stream: their bytes would be mixed";

/// An operation that reads: open, and alone.
class reading : exclusive_claim {
public:
    explicit reading(const stream_ref& state)
        : exclusive_claim{opened(state).is_reading, two_readers} {}
};

/// An operation that writes, or ends the writing.
class writing : exclusive_claim {
public:
    explicit writing(const stream_ref& state)
        : exclusive_claim{opened(state).is_writing, two_writers} {}
};

/// Gives bytes back that an operation has read and does not deliver.
class unread_guard {
public:
    unread_guard(stream_state& state, byte_span target) noexcept
        : state_{state}, target_{target}, count_{state.buffer.take(target)} {}
    unread_guard(const unread_guard&) = delete;
    unread_guard& operator=(const unread_guard&) = delete;
    ~unread_guard() { state_.buffer.put_back(target_.first(count_)); }

    [[nodiscard]] byte_span rest() const noexcept { return target_.from(count_); }
    void add(std::size_t count) noexcept { count_ += count; }
    void deliver() noexcept { count_ = 0; }

private:
    stream_state& state_;
    byte_span target_;
    std::size_t count_;
};

/// Reads from the transport, unless the end has come: at once if it can, else by its coroutine.
/// **Returns** 0 at the end.
class receive {
public:
    receive(stream_state& state, byte_span target) noexcept : state_{state}, target_{target} {}
    receive(const receive&) = delete;
    receive& operator=(const receive&) = delete;

    bool await_ready() {
        count_ = state_.is_at_end ? 0 : state_.carrier->read_now(target_);
        return count_ != transport::not_now;
    }
    std::coroutine_handle<> await_suspend(
        awaiting_frame parent, std::source_location where = std::source_location::current()) {
        waiting_.emplace(state_.carrier->read_some(target_));
        return waiting_->await_suspend(parent, where);
    }
    std::size_t await_resume() {
        if (waiting_) count_ = waiting_->await_resume();
        if (count_ == 0) state_.is_at_end = true;
        return count_;
    }

protected:
    [[nodiscard]] stream_state& state() const noexcept { return state_; }

private:
    stream_state& state_;
    byte_span target_;
    std::size_t count_ = 0;
    std::optional<async<std::size_t>> waiting_;
};

/// Adds what there is to the buffer. False at the end.
class fill : public receive {
public:
    explicit fill(stream_state& of) : receive{of, of.buffer.room()} {}
    bool await_resume() {
        const std::size_t count = receive::await_resume();
        state().buffer.add(count);
        return count > 0;
    }
};

std::string take_text(stream_state& state, std::size_t count) {
    std::string text(reinterpret_cast<const char*>(state.buffer.data()), count);
    state.buffer.consume(count);
    return text;
}

/// Where `separator` ends in the buffer, or 0.
std::size_t find_end(const stream_state& state, const std::string& separator,
                     std::size_t searched) noexcept {
    const std::size_t from = searched < separator.size() ? 0 : searched - separator.size() + 1;
    if (state.buffer.size() < from + separator.size()) return 0;
    const auto* begin = state.buffer.data();
    const void* found =
        ::memmem(begin + from, state.buffer.size() - from, separator.data(), separator.size());
    if (found == nullptr) return 0;
    return static_cast<std::size_t>(static_cast<const std::byte*>(found) - begin) +
           separator.size();
}

/// The same, but no line may be longer than the limit.
std::size_t find_line_end(const stream_state& state, const std::string& separator,
                          std::size_t searched) {
    const std::size_t end = find_end(state, separator, searched);
    if (end > state.line_bytes_max() ||
        (end == 0 && state.buffer.size() > state.line_bytes_max())) {
        throw limit_exceeded{"line_bytes_max", state.line_bytes_max()};
    }
    return end;
}

/// Fills the buffer, which does not have the separator, until it has. **Returns** where that ends;
/// 0 if the stream ends before.
async<std::size_t> fill_until(stream_state& state, const std::string& separator) {
    for (;;) {
        const std::size_t searched = state.buffer.size();
        fill filling{state};
        const bool more = co_await filling;
        if (!more) co_return std::size_t{0};
        const std::size_t end = find_line_end(state, separator, searched);
        if (end > 0) co_return end;
    }
}

async<std::size_t> read_some_of(stream_ref state, byte_span target) {
    const reading claim{state};
    const std::size_t buffered = state->buffer.take(target);
    if (buffered > 0 || target.empty()) co_return buffered;
    receive receiving{*state.get(), target};
    const std::size_t count = co_await receiving;
    co_return count;
}

async<std::string> read_some_of(stream_ref state, std::size_t bytes_max) {
    const reading claim{state};
    if (state->buffer.size() == 0 && bytes_max > 0) {
        fill filling{*state.get()};
        co_await filling;
    }
    co_return take_text(*state.get(), std::min(bytes_max, state->buffer.size()));
}

async<> read_exactly_of(stream_ref state, byte_span target) {
    const reading claim{state};
    unread_guard guard{*state.get(), target};
    while (!guard.rest().empty()) {
        receive receiving{*state.get(), guard.rest()};
        const std::size_t count = co_await receiving;
        if (count == 0) throw error{errc::end_of_stream, "reading a number of bytes"};
        guard.add(count);
    }
    guard.deliver();
}

async<std::string> read_exactly_of(stream_ref state, std::size_t count) {
    std::string text(count, '\0');
    co_await read_exactly_of(std::move(state), text);
    co_return text;
}

async<std::optional<std::string>> read_line_of(stream_ref state) {
    const reading claim{state};
    const std::string newline = "\n";
    std::size_t length = find_line_end(*state.get(), newline, 0);
    if (length == 0) length = co_await fill_until(*state.get(), newline);
    if (length == 0) {  // the last line may have none
        length = state->buffer.size();
        if (length == 0) co_return std::nullopt;
    }
    std::optional<std::string> line{take_text(*state.get(), length)};
    if (line->back() == '\n') {
        line->pop_back();
        if (!line->empty() && line->back() == '\r') line->pop_back();
    }
    co_return line;
}

async<std::optional<std::string>> read_until_of(stream_ref state, std::string separator) {
    const reading claim{state};
    if (separator.empty()) throw usage_error{"read_until needs a separator"};
    std::size_t length = find_line_end(*state.get(), separator, 0);
    if (length == 0) length = co_await fill_until(*state.get(), separator);
    if (length > 0) co_return take_text(*state.get(), length);
    if (state->buffer.size() > 0) throw error{errc::end_of_stream, "reading up to a separator"};
    co_return std::nullopt;
}

async<std::string> read_all_of(stream_ref state) {
    const reading claim{state};
    for (;;) {
        if (state->buffer.size() > state->all_bytes_max()) {
            throw limit_exceeded{"all_bytes_max", state->all_bytes_max()};
        }
        fill filling{*state.get()};
        const bool more = co_await filling;
        if (!more) co_return state->buffer.take_all();
    }
}

async_generator<std::string> lines_of(stream_ref state) {
    for (;;) {
        std::optional<std::string> line = co_await read_line_of(state);
        if (!line) co_return;
        co_yield std::move(*line);
    }
}

async<> shutdown_of(stream_ref state) {
    const writing claim{state};
    auto shutting_down = state->carrier->shutdown();
    co_await std::move(shutting_down);
}

async<> write_of(stream_ref state, byte_view bytes) {
    const writing claim{state};
    if (bytes.empty()) co_return;
    const byte_view rest = bytes.from(state->carrier->write_now(bytes));
    if (rest.empty()) co_return;
    auto written = state->carrier->write(byte_views{&rest, 1});
    co_await std::move(written);
}

/// Whatever becomes of the orderly end, the stream is closed then.
class abort_guard {
public:
    explicit abort_guard(stream_state& state) noexcept : state_{state} {}
    abort_guard(const abort_guard&) = delete;
    abort_guard& operator=(const abort_guard&) = delete;
    ~abort_guard() { state_.abort(); }

private:
    stream_state& state_;
};

async<> close_of(stream_ref state) {
    if (!state || state->is_closed) co_return;
    const abort_guard guard{*state.get()};
    if (state->is_writing) co_return;  // no goodbye fits into the middle of a message
    const writing claim{state};
    state->is_closed = true;
    auto closing = state->carrier->close();
    co_await std::move(closing);
}

}  // namespace

// --- past the stream

stream_claim::stream_claim(stream_ref of, stream_way way) : state_{std::move(of)}, way_{way} {
    stream_state& state = opened(state_);
    bool& is_used = way_ == stream_way::in ? state.is_reading : state.is_writing;
    if (is_used) throw usage_error{way_ == stream_way::in ? two_readers : two_writers};
    is_used = true;
}
stream_claim::~stream_claim() {
    (way_ == stream_way::in ? state_->is_reading : state_->is_writing) = false;
}
transport& stream_claim::carrier() const noexcept { return *state_->carrier; }
byte_view stream_claim::buffered() const noexcept {
    return {state_->buffer.data(), state_->buffer.size()};
}
async<std::size_t> stream_claim::read_some(byte_span target) const {
    const std::size_t buffered = state_->buffer.take(target);
    if (buffered > 0) co_return buffered;
    receive receiving{*state_.get(), target};
    const std::size_t count = co_await receiving;
    co_return count;
}
void stream_claim::set_at_end() const noexcept { state_->is_at_end = true; }
void stream_claim::unread(byte_view bytes) const { state_->buffer.put_back(bytes); }

}  // namespace detail

using detail::stream_ref;

stream::stream(std::unique_ptr<transport> carrier, stream_limits limits)
    : state_{carrier != nullptr ? new detail::stream_state : nullptr} {
    if (!state_) return;
    state_->carrier = std::move(carrier);
    state_->limits = limits;
}

stream& stream::operator=(stream&& other) noexcept {
    if (this != &other) {
        abort();
        state_ = std::move(other.state_);
    }
    return *this;
}

stream::~stream() { abort(); }

async<std::size_t> stream::read_some(byte_span target) {
    return detail::read_some_of(state_, target);
}
async<std::string> stream::read_some(std::size_t bytes_max) {
    return detail::read_some_of(state_, bytes_max);
}
async<> stream::read_exactly(byte_span target) { return detail::read_exactly_of(state_, target); }
async<std::string> stream::read_exactly(std::size_t count) {
    return detail::read_exactly_of(state_, count);
}
async<std::optional<std::string>> stream::read_line() { return detail::read_line_of(state_); }
async<std::optional<std::string>> stream::read_until(std::string separator) {
    return detail::read_until_of(state_, std::move(separator));
}
async<std::string> stream::read_all() { return detail::read_all_of(state_); }
async_generator<std::string> stream::lines() { return detail::lines_of(state_); }

byte_view stream::buffered() const noexcept {
    if (!state_) return {};
    return {state_->buffer.data(), state_->buffer.size()};
}
void stream::consume(std::size_t count) noexcept {
    if (state_) state_->buffer.consume(count);
}

void stream::put_back(byte_view bytes) {
    const detail::reading alone{state_};
    state_->buffer.put_back(bytes);
}

async<> stream::write(byte_view bytes) { return detail::write_of(state_, bytes); }
async<> stream::write(byte_views parts) { return write_all(state_, parts); }
async<> stream::write_all(stream_ref state, byte_views parts) {
    const detail::writing claim{state};
    if (parts.size() == 0) co_return;
    auto written = state->carrier->write(parts);
    co_await std::move(written);
}
async<> stream::shutdown() { return detail::shutdown_of(state_); }

async<> stream::close() { return detail::close_of(state_); }
void stream::abort() noexcept {
    if (state_ && !state_->is_closed) state_->abort();
}
bool stream::is_closed() const noexcept { return !state_ || state_->is_closed; }

std::unique_ptr<transport> stream::release(std::string& unread) {
    detail::stream_state& state = detail::opened(state_);
    if (state.is_reading || state.is_writing) {
        throw usage_error{"a stream's transport was taken away while a task uses it"};
    }
    unread = state.buffer.take_all();
    state.is_closed = true;
    return std::move(state.carrier);
}
stream_limits stream::limits() const noexcept { return state_ ? state_->limits : stream_limits{}; }
transport* stream::carrier() const noexcept {
    return is_closed() ? nullptr : state_->carrier.get();
}
int stream::native_handle() const noexcept {
    transport* layer = carrier();
    while (layer != nullptr && layer->next_layer() != nullptr)
        layer = layer->next_layer();
    return layer == nullptr ? -1 : layer->native_handle();
}

}  // namespace patio
