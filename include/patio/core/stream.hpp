// SPDX-License-Identifier: MIT
#pragma once

// Connections as streams of bytes: reading by lines, counts and separators, writing with
// back-pressure.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/error.hpp>
#include <patio/core/transport.hpp>

#include <cstddef>
#include <memory>  // tidy: allow(heavy-header): who hands a transport over has it in a unique_ptr
#include <optional>
#include <string>  // tidy: allow(heavy-header): lines are strings
#include <utility>

namespace patio {

namespace detail {

struct stream_state;
class stream_claim;

/// A counted reference: operations keep what they work on, whatever becomes of the stream.
class PATIO_EXPORT stream_ref {
public:
    stream_ref() noexcept = default;
    explicit stream_ref(stream_state* state) noexcept : state_{state} {}
    stream_ref(const stream_ref& other) noexcept;
    stream_ref(stream_ref&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    stream_ref& operator=(stream_ref other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~stream_ref();
    [[nodiscard]] stream_state* get() const noexcept { return state_; }
    [[nodiscard]] stream_state* operator->() const noexcept { return state_; }
    explicit operator bool() const noexcept { return state_ != nullptr; }

private:
    stream_state* state_ = nullptr;
};

}  // namespace detail

/// How a stream buffers. Each setter changes one thing and returns the object.
class PATIO_EXPORT stream_limits {
public:
    stream_limits() noexcept = default;

    /// The longest line, and the most that `read_until` searches. 64 KiB by default.
    stream_limits& line_bytes_max(std::size_t count) noexcept {
        line_bytes_max_ = count;
        return *this;
    }
    /// The most that `read_all` returns. 64 MiB by default.
    stream_limits& all_bytes_max(std::size_t count) noexcept {
        all_bytes_max_ = count;
        return *this;
    }

private:
    friend struct detail::stream_state;
    std::size_t line_bytes_max_ = std::size_t{64} << 10;
    std::size_t all_bytes_max_ = std::size_t{64} << 20;
};

/// A connection: bytes come in, bytes go out. The same for TCP, Unix sockets, TLS, pipes and
/// memory.
///
/// ```
/// patio::stream peer = co_await patio::open_connection("example.org", 80);
/// co_await peer.write("GET / HTTP/1.0\r\n\r\n");
/// while (auto line = co_await peer.read_line()) std::puts(line->c_str());
/// ```
///
/// What arrives is buffered as far as reading by lines or counts needs it; what is written is not:
/// `write` returns when the kernel has taken all, so a slow peer slows its writer down and nobody
/// calls a `drain`.
///
/// One task may read while another one writes. Two that read at once, or two that write, would each
/// get or send pieces: the second one fails with usage_error, and the first one goes on.
///
/// **Owns** its transport. The destructor closes it at once, as `abort()` does; the end that the
/// protocol provides for (TLS says goodbye) is `close()`.
/// **Fails** every operation: with `patio::error`, the system's code or `errc::closed` if the
/// stream was closed here, also while the operation waited. The end that the other side has made is
/// no failure: an empty optional, a zero, an empty string.
/// **Cancel** reading loses nothing: what has arrived stays and is read next. A cancelled write has
/// sent any part of its bytes: only the end can follow it.
/// **Threads** those of its loop.
/// **Source** asyncio's StreamReader and StreamWriter, as one object.
class PATIO_EXPORT stream {
public:
    using loop_affine = void;

    /// One that is closed.
    stream() noexcept = default;
    explicit stream(std::unique_ptr<transport> carrier, stream_limits limits = {});
    stream(stream&& other) noexcept = default;
    stream& operator=(stream&& other) noexcept;
    ~stream();

    // --- reading

    /// Reads what there is, into memory of the caller. **Returns** how many bytes; 0 at the end of
    /// the stream, or if there was no room.
    [[nodiscard("bytes are lost if nobody looks how many came")]] async<std::size_t> read_some(
        byte_span target);
    /// Reads what there is, at most `bytes_max`. **Returns** an empty string at the end.
    [[nodiscard]] async<std::string> read_some(std::size_t bytes_max);
    /// Reads until the memory is full. **Fails** with `errc::end_of_stream` if the stream ends
    /// before; then what came can still be read.
    async<> read_exactly(byte_span target);
    /// The same into a string of that many bytes.
    [[nodiscard]] async<std::string> read_exactly(std::size_t count);
    /// Reads a line, and takes the "\n" or "\r\n" away. The last one needs none.
    /// **Returns** empty at the end of the stream.
    /// **Fails** with `limit_exceeded`, line_bytes_max.
    [[nodiscard]] async<std::optional<std::string>> read_line();
    /// Reads up to and with the separator, which is not empty. **Returns** empty if the stream ends
    /// without another byte.
    /// **Fails** with `errc::end_of_stream` if it ends before the separator; with `limit_exceeded`,
    /// line_bytes_max. What came can still be read after both.
    [[nodiscard]] async<std::optional<std::string>> read_until(std::string separator);
    /// Reads to the end of the stream. **Fails** with `limit_exceeded`, all_bytes_max.
    [[nodiscard]] async<std::string> read_all();
    /// The lines as a sequence: `auto all = s.lines(); while (auto line = co_await all.next()) …`.
    [[nodiscard]] async_generator<std::string> lines();
    /// What has arrived and was not read yet, without waiting; good until the next operation.
    [[nodiscard]] byte_view buffered() const noexcept;
    /// Takes the first `count` of those away.
    void consume(std::size_t count) noexcept;
    /// Puts bytes in front of all that will be read, for who has read too far.
    /// **Fails** with `errc::closed`; with usage_error while a task reads.
    void put_back(byte_view bytes);

    // --- writing

    /// Writes all of it. **Suspends** while the peer is slower than the writer.
    /// **Borrows** the bytes until it returns.
    async<> write(byte_view bytes);
    /// Writes several pieces, in one system call where that is possible.
    async<> write(byte_views parts);
    template <class... More>
        requires(sizeof...(More) > 0 && (std::convertible_to<const More&, byte_view> && ...))
    PATIO_DETAIL_COROUTINE_WRAPPER async<> write(byte_view first, const More&... more) {
        const parts_of<sizeof...(More) + 1> parts{first, byte_view{more}...};
        return write_parts(parts);
    }
    /// Says that no more will be written: the other side reads the end. Reading goes on.
    async<> shutdown();

    // --- the end

    /// Ends the stream in the orderly way of its protocol. Tasks that still read get
    /// `errc::closed`. Does nothing if it is closed.
    async<> close();
    /// Ends it at once. Tasks that still use it get `errc::closed`.
    void abort() noexcept;
    [[nodiscard]] bool is_closed() const noexcept;

    // --- layers

    /// Puts an encryption, or whatever else the argument is, between this stream and its transport:
    /// `co_await s.start_tls(context)`. Bytes that are buffered belong to the new layer.
    /// **Fails** as the layer says; then the stream is closed. With usage_error while a task uses
    /// it.
    template <class Layer, class... More>
    PATIO_DETAIL_COROUTINE_WRAPPER auto start_tls(const Layer& layer, More&&... more) {
        return start_layer(*this, layer, std::forward<More>(more)...);
    }
    /// Takes the transport and what is buffered away; the stream is closed then, and nobody may use
    /// it. **Fails** with usage_error while a task does.
    [[nodiscard]] std::unique_ptr<transport> release(std::string& unread);
    /// How it buffers, for who puts another stream in its place. The defaults if it is empty.
    [[nodiscard]] stream_limits limits() const noexcept;
    /// Null if closed.
    [[nodiscard]] transport* carrier() const noexcept;
    /// The bottom transport's descriptor, or -1.
    [[nodiscard]] int native_handle() const noexcept;

private:
    friend class detail::stream_claim;
    template <std::size_t N>
    struct parts_of {
        byte_view all[N];
    };
    template <std::size_t N>
    PATIO_DETAIL_COROUTINE_WRAPPER async<> write_parts(parts_of<N> parts) const {
        return write_owned(state_, parts);
    }
    template <std::size_t N>
    static async<> write_owned(detail::stream_ref state, parts_of<N> parts) {
        auto writing = write_all(std::move(state), byte_views{parts.all, N});
        co_await std::move(writing);
    }
    static async<> write_all(detail::stream_ref state, byte_views parts);

    detail::stream_ref state_;
};

}  // namespace patio
