// SPDX-License-Identifier: MIT
#pragma once

// What a message carries: nothing, a text, or bytes that come while they are read.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/headers.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

namespace detail {
struct body_access;
}

/// Where the bytes of a body come from: a connection, a file, a decompression of another source.
///
/// **Threads** those of one loop. It is read by one task at a time.
class PATIO_EXPORT body_source {
public:
    using loop_affine = void;

    body_source() = default;
    body_source(const body_source&) = delete;
    body_source& operator=(const body_source&) = delete;
    /// What is still open is given up.
    virtual ~body_source();

    /// Reads what there is, at least one byte; the target is not empty. **Returns** how many bytes;
    /// 0 at the end, and ever after. **Fails** if the end comes too early.
    /// **Cancel** nothing has been taken.
    virtual async<std::size_t> read_some(byte_span target) = 0;
    /// How many bytes it has in all, if that is known before they are read. Unknown by default.
    [[nodiscard]] virtual std::optional<std::uint64_t> length() const noexcept;
    /// The fields that came behind the last byte; null if there were none, or not yet.
    /// **Borrows** from the source.
    [[nodiscard]] virtual const headers* trailers() const noexcept;
    /// Begins again with the first byte, so that a request can be repeated. **Returns** false if it
    /// cannot, as by default. Nobody reads meanwhile.
    [[nodiscard]] virtual bool rewind() noexcept;
};

/// The body of a request or a response, to be sent or to be read.
///
/// ```
/// http::response answer{http::body{"a text"}};
/// std::string all = co_await request.body().text();
/// ```
///
/// Whoever has a body may read it, once, or send it on: a handler may return what a client has
/// received, and it streams. A body that is read by lines, or by counts, is `as_stream()`.
///
/// **Owns** its source. Dropping a body that was not read to its end gives its source up: the
/// connection of a response is closed then, since nobody knows how much would still come.
/// **Fails** whatever reads: with what the source says; with usage_error if another task reads.
/// **Cancel** whatever reads: what has been taken is lost with the string it was for; `read_some`
/// takes nothing.
/// **Threads** those of one loop.
class PATIO_EXPORT body {
public:
    /// What `text` takes unless it is told otherwise.
    static constexpr std::size_t text_bytes_max = std::size_t{64} << 20;

    /// None.
    body() noexcept = default;
    body(std::string bytes) noexcept  // NOLINT: a text is a body
        : bytes_{std::move(bytes)}, has_bytes_{true} {}
    body(std::string_view bytes) : body{std::string{bytes}} {}  // NOLINT: as above
    body(const char* bytes) : body{std::string{bytes}} {}       // NOLINT: as above
    explicit body(std::unique_ptr<body_source> source) noexcept : source_{std::move(source)} {}
    /// What the generator gives, one piece after the other; it is asked for the next one when the
    /// one before has been sent. Sent with the length, or in chunks if that is unknown.
    /// **Fails** while it is sent, if the pieces have another length together: with usage_error.
    explicit body(async_generator<std::string> pieces, std::optional<std::uint64_t> length = {});
    /// A part of a file: `length` bytes from `offset` on, or all up to its end.
    /// **Fails** as `file::open` does; with `errc::end_of_stream` if the file has no such part.
    [[nodiscard]] static async<body> from_file(std::string path, std::uint64_t offset = 0,
                                               std::optional<std::uint64_t> length = {});

    body(body&& other) noexcept;
    body& operator=(body&& other) noexcept;
    ~body();

    /// Whether there is one at all, be it of no bytes.
    [[nodiscard]] bool has_value() const noexcept { return has_bytes_ || source_ != nullptr; }
    /// How many bytes it had in the beginning, if that is known; 0 if there is none.
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept;
    /// The bytes, where they are in memory. **Borrows** from this object until it changes.
    [[nodiscard]] std::optional<std::string_view> in_memory() const noexcept;

    // --- reading

    /// Reads what there is. **Returns** how many bytes; 0 at the end, or if there was no room.
    [[nodiscard("bytes are lost if nobody looks how many came")]] async<std::size_t> read_some(
        byte_span target);
    /// Reads what there is, at most `bytes_max`. **Returns** an empty string at the end.
    [[nodiscard]] async<std::string> read_some(std::size_t bytes_max);
    /// Reads all that is left, bytes as they are: a charset is the reader's affair.
    /// **Fails** with `limit_exceeded`; what was read is lost then.
    [[nodiscard]] async<std::string> text(std::size_t bytes_max = text_bytes_max);
    /// Writes all that is left into a file, which is made, or replaced when the last byte is there:
    /// never half of it is found under this name. **Returns** how many bytes.
    async<std::uint64_t> save_to(std::string path);
    /// Reads all that is left and drops it, so that the connection can be used again.
    /// **Fails** with `limit_exceeded`, `bytes_max`.
    async<> discard(std::uint64_t bytes_max = text_bytes_max);
    /// What is left, as a stream, which has lines and counts. It can only be read. The body is
    /// empty then.
    [[nodiscard]] stream as_stream() &&;

    /// The fields that came behind the body, once it has been read to its end; null if there were
    /// none. **Borrows** from this object.
    [[nodiscard]] const headers* trailers() const noexcept;

private:
    friend struct detail::body_access;

    // A source, or bytes of which `position_` were read, or nothing. Operations share the source,
    // since they may outlive the body.
    std::string bytes_;
    std::size_t position_ = 0;
    bool has_bytes_ = false;
    std::shared_ptr<body_source> source_;
};

}  // namespace patio::http
