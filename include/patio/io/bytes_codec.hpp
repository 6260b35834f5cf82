// SPDX-License-Identifier: MIT
#pragma once

// How values become bytes and values again, between processes of one program.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio {

class bytes_reader;
class bytes_writer;

/// How a type travels: `write(bytes_writer&, const T&)` and `T read(bytes_reader&)`, both static.
///
/// Types that can be copied as memory, std::string, std::vector, std::array, std::pair, std::tuple
/// and std::optional of such types are there. A type of one's own gets two functions beside it,
///
/// ```
/// void write_bytes(patio::bytes_writer& to, const person& p) { to.write(p.name); to.write(p.age);
/// } person read_bytes(patio::bytes_reader& from, std::type_identity<person>);
/// ```
///
/// or, where it belongs to somebody else, a specialisation of this template.
///
/// Both sides are the same program, so there is no byte order, no version and no schema. Pointers,
/// references and views are refused: they mean nothing in another process. Those inside of a
/// struct, which compilers do not show, are for you to see.
template <class T>
struct bytes_codec;

/// Collects the bytes of values.
class PATIO_EXPORT bytes_writer {
public:
    template <class T>
    void write(const T& value) {
        bytes_codec<T>::write(*this, value);
    }
    /// Bytes as they are, without their number.
    void write_raw(const void* data, std::size_t size) {
        const auto* first = static_cast<const std::byte*>(data);
        bytes_.insert(bytes_.end(), first, first + size);
    }

    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
    /// All of it, which is gone from here.
    [[nodiscard]] std::vector<std::byte> take() noexcept { return std::exchange(bytes_, {}); }

private:
    std::vector<std::byte> bytes_;
};

/// Gives the values back, in the order in which they were written.
///
/// **Borrows** the bytes. **Fails** with `errc::malformed` if there are fewer than a value needs.
class PATIO_EXPORT bytes_reader {
public:
    explicit bytes_reader(byte_view bytes) noexcept : left_{bytes} {}

    template <class T>
    [[nodiscard]] T read() {
        return bytes_codec<T>::read(*this);
    }
    void read_raw(void* target, std::size_t size) {
        check(1, size);
        if (size > 0) std::memcpy(target, left_.data(), size);
        left_ = left_.from(size);
    }

    /// How many bytes were not read.
    [[nodiscard]] std::size_t size() const noexcept { return left_.size(); }
    /// **Fails** if there is no room for `count` items of at least `size` bytes each.
    void check(std::uint64_t count, std::size_t size) const {
        if (size > 0 && count > left_.size() / size) [[unlikely]]
            throw_cut();
    }

private:
    [[noreturn]] static void throw_cut();

    byte_view left_;
};

namespace detail {

template <class T>
concept has_byte_functions =
    requires(bytes_writer& to, bytes_reader& from, const T& value, std::type_identity<T> type) {
        write_bytes(to, value);
        { read_bytes(from, type) } -> std::same_as<T>;
    };

/// Looks like std::string_view or std::span: it has data and a size, and a copy copies neither.
/// (std::array has a tuple's size, and its data with it.)
template <class T>
concept view_like = std::is_trivially_copyable_v<T> && requires(const T& value) {
    *value.data();
    value.size();
    requires !requires { std::tuple_size<T>::value; };
};

template <class T>
inline constexpr bool is_object_pointer =
    std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>;

/// Types that travel as a copy of their memory. Addresses of functions are the same in both
/// processes.
template <class T>
inline constexpr bool is_plain_memory =
    std::is_trivially_copyable_v<T> && !is_object_pointer<T> && !view_like<T>;

template <class T>
constexpr void check_plain_memory() noexcept {
    static_assert(!is_object_pointer<T>,
                  "a pointer means nothing in another process: pass the value, for a text "
                  "std::string");
    static_assert(!view_like<T>,
                  "a view means nothing in another process: pass a std::string or a std::vector");
    static_assert(
        is_plain_memory<T> || !std::is_object_v<T> || is_object_pointer<T> || view_like<T>,
        "this type cannot travel between processes: write write_bytes(bytes_writer&, "
        "const T&) and read_bytes(bytes_reader&, std::type_identity<T>) beside it, or "
        "specialise patio::bytes_codec<T>");
}

}  // namespace detail

// --- implementation

template <class T>
struct bytes_codec {
    static_assert(std::same_as<T, std::remove_cvref_t<T>>);

    static void write(bytes_writer& to, const T& value) {
        if constexpr (detail::has_byte_functions<T>) {
            write_bytes(to, value);
        } else {
            detail::check_plain_memory<T>();
            to.write_raw(__builtin_addressof(value), sizeof value);
        }
    }
    static T read(bytes_reader& from) {
        if constexpr (detail::has_byte_functions<T>) {
            return read_bytes(from, std::type_identity<T>{});
        } else if constexpr (std::same_as<T, bool>) {
            return from.read<unsigned char>() != 0;  // no other byte may ever be looked at as one
        } else {
            detail::check_plain_memory<T>();
            alignas(T) std::byte memory[sizeof(T)];
            from.read_raw(memory, sizeof memory);
            return *std::launder(reinterpret_cast<T*>(memory));
        }
    }
};

template <class Traits, class Allocator>
struct bytes_codec<std::basic_string<char, Traits, Allocator>> {
    using string = std::basic_string<char, Traits, Allocator>;

    static void write(bytes_writer& to, const string& value) {
        to.write<std::uint64_t>(value.size());
        to.write_raw(value.data(), value.size());
    }
    static string read(bytes_reader& from) {
        const auto size = from.read<std::uint64_t>();
        from.check(size, 1);
        string value(static_cast<std::size_t>(size), '\0');
        from.read_raw(value.data(), value.size());
        return value;
    }
};

template <class T, class Allocator>
struct bytes_codec<std::vector<T, Allocator>> {
    using vector = std::vector<T, Allocator>;
    /// As one block: what a loop over the items would write, and faster.
    static constexpr bool is_one_block = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

    static void write(bytes_writer& to, const vector& value) {
        to.write<std::uint64_t>(value.size());
        if constexpr (is_one_block) {
            to.write_raw(value.data(), value.size() * sizeof(T));
        } else {
            for (const auto& item : value)
                to.write<T>(item);
        }
    }
    static vector read(bytes_reader& from) {
        const auto count = static_cast<std::size_t>(from.read<std::uint64_t>());
        vector value;
        if constexpr (is_one_block) {
            from.check(count, sizeof(T));
            value.resize(count);
            from.read_raw(value.data(), count * sizeof(T));
        } else {
            value.reserve(count < from.size() ? count
                                              : from.size());  // a wrong count costs nothing
            for (std::size_t i = 0; i < count; ++i)
                value.push_back(from.read<T>());
        }
        return value;
    }
};

template <class T, std::size_t N>
struct bytes_codec<std::array<T, N>> {
    static void write(bytes_writer& to, const std::array<T, N>& value) {
        for (const T& item : value)
            to.write(item);
    }
    static std::array<T, N> read(bytes_reader& from) {
        return read_items(from, std::make_index_sequence<N>{});
    }

private:
    template <std::size_t... I>
    static std::array<T, N> read_items([[maybe_unused]] bytes_reader& from,
                                       std::index_sequence<I...>) {
        return {(static_cast<void>(I), from.read<T>())...};
    }
};

template <class A, class B>
struct bytes_codec<std::pair<A, B>> {
    static void write(bytes_writer& to, const std::pair<A, B>& value) {
        to.write(value.first);
        to.write(value.second);
    }
    static std::pair<A, B> read(bytes_reader& from) {
        return std::pair<A, B>{from.read<A>(), from.read<B>()};
    }
};

template <class... T>
struct bytes_codec<std::tuple<T...>> {
    static void write([[maybe_unused]] bytes_writer& to, const std::tuple<T...>& value) {
        std::apply([&](const T&... items) { (static_cast<void>(to.write(items)), ...); }, value);
    }
    static std::tuple<T...> read([[maybe_unused]] bytes_reader& from) {
        return std::tuple<T...>{from.read<T>()...};
    }
};

template <class T>
struct bytes_codec<std::optional<T>> {
    static void write(bytes_writer& to, const std::optional<T>& value) {
        to.write(value.has_value());
        if (value) to.write(*value);
    }
    static std::optional<T> read(bytes_reader& from) {
        if (!from.read<bool>()) return std::nullopt;
        return std::optional<T>{from.read<T>()};
    }
};

}  // namespace patio
