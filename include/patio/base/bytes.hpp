// SPDX-License-Identifier: MIT
#pragma once

// Views of memory as bytes: what reads and writes take.
//
// <span> and <string_view> each cost more to compile than this page, and neither takes a string, an
// array of char and a vector of std::byte alike.

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace patio {

/// Types of one byte whose objects are raw memory.
template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, char> || std::same_as<std::remove_cv_t<T>, unsigned char> ||
    std::same_as<std::remove_cv_t<T>, signed char> ||
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as<std::remove_cv_t<T>, char8_t>;

/// Contiguous bytes with a length: strings, views, vectors, spans, std::arrays.
template <class C>
concept byte_container = requires(C& c) {
    { *c.data() };
    requires byte_like<std::remove_reference_t<decltype(*c.data())>>;
    { c.size() } -> std::convertible_to<std::size_t>;
};

/// Bytes that may be written to.
///
/// **Borrows** the memory: it must live as long as the operation that it was given to.
class byte_span {
public:
    constexpr byte_span() noexcept = default;
    byte_span(void* data, std::size_t size) noexcept
        : data_{static_cast<std::byte*>(data)}, size_{size} {}
    template <byte_container C>
        requires(!std::is_const_v<std::remove_reference_t<decltype(*std::declval<C&>().data())>>)
    byte_span(C& container) noexcept  // NOLINT: `read_some(buffer)` is the point
        : byte_span{container.data(), container.size()} {}
    template <byte_like T, std::size_t N>
        requires(!std::is_const_v<T>)
    byte_span(T (&array)[N]) noexcept  // NOLINT: as above
        : byte_span{array, N} {}

    [[nodiscard]] constexpr std::byte* data() const noexcept { return data_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr std::byte* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr std::byte* end() const noexcept { return data_ + size_; }

    /// The first `count` bytes, or all if there are fewer.
    [[nodiscard]] constexpr byte_span first(std::size_t count) const noexcept {
        byte_span part = *this;
        if (count < size_) part.size_ = count;
        return part;
    }
    /// All behind the first `count` bytes; empty if there are no more.
    [[nodiscard]] constexpr byte_span from(std::size_t count) const noexcept {
        if (count > size_) count = size_;
        byte_span part = *this;
        part.data_ += count;
        part.size_ -= count;
        return part;
    }

private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes that are only read. A text literal is its characters, without the zero behind them.
///
/// **Borrows** the memory: it must live as long as the operation that it was given to. A temporary
/// string in `co_await stream.write("a" + b)` does.
class byte_view {
public:
    constexpr byte_view() noexcept = default;
    byte_view(const void* data, std::size_t size) noexcept
        : data_{static_cast<const std::byte*>(data)}, size_{size} {}
    byte_view(const char* text) noexcept  // NOLINT: `write("hello")` is the point
        : byte_view{text, __builtin_strlen(text)} {}
    byte_view(byte_span bytes) noexcept  // NOLINT: less may always be asked
        : byte_view{bytes.data(), bytes.size()} {}
    template <byte_container C>
    byte_view(const C& container) noexcept  // NOLINT: as above
        : byte_view{container.data(), container.size()} {}
    /// An array that is not a literal: where does its text end? Say `byte_view{array, count}`.
    template <std::size_t N>
    byte_view(char (&array)[N]) = delete;

    [[nodiscard]] constexpr const std::byte* data() const noexcept { return data_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr const std::byte* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr const std::byte* end() const noexcept { return data_ + size_; }

    /// The first `count` bytes, or all if there are fewer.
    [[nodiscard]] constexpr byte_view first(std::size_t count) const noexcept {
        byte_view part = *this;
        if (count < size_) part.size_ = count;
        return part;
    }
    /// All behind the first `count` bytes; empty if there are no more.
    [[nodiscard]] constexpr byte_view from(std::size_t count) const noexcept {
        if (count > size_) count = size_;
        byte_view part = *this;
        part.data_ += count;
        part.size_ -= count;
        return part;
    }

private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Several pieces of memory that are written as one.
class byte_views {
public:
    constexpr byte_views() noexcept = default;
    constexpr byte_views(const byte_view* parts, std::size_t count) noexcept
        : parts_{parts}, count_{count} {}

    [[nodiscard]] constexpr const byte_view* begin() const noexcept { return parts_; }
    [[nodiscard]] constexpr const byte_view* end() const noexcept { return parts_ + count_; }
    [[nodiscard]] constexpr std::size_t count() const noexcept { return count_; }
    [[nodiscard]] constexpr const byte_view& operator[](std::size_t index) const noexcept {
        return parts_[index];
    }
    /// The bytes of all parts.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        std::size_t sum = 0;
        for (const byte_view& part : *this)
            sum += part.size();
        return sum;
    }

private:
    const byte_view* parts_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace patio
