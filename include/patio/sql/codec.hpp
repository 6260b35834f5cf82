// SPDX-License-Identifier: MIT
#pragma once

// How types of C++ become values of a database, and back: the one place to teach Patio a type.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/sql/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace patio::sql {

/// What a type is in a database. Specialise it for types of your own:
///
/// ```
/// template <>
/// struct patio::sql::codec<colour> {
///     static constexpr const char* name = "a colour";
///     static value encode(const colour& c) { return value{to_string(c)}; }
///     static std::optional<colour> decode(const value& from);   // empty: it is none
/// };
/// ```
///
/// `encode` is enough for parameters, `name` and `decode` for results. An empty result of `decode`
/// becomes a `conversion_error` that names the column and what was found there.
///
/// There are codecs for integers, `bool`, `float` and `double`, enumerations (as their numbers),
/// texts, `sql::bytes`, `std::optional`, `value`, and, in <patio/sql/time_codec.hpp>, points in
/// time.
template <class T>
struct codec;

/// What can be a parameter.
template <class T>
concept bindable = requires(T&& given) {
    { codec<std::decay_t<T>>::encode(std::forward<T>(given)) } -> std::same_as<value>;
};

/// What a field of a row can be read as.
template <class T>
concept readable = requires(const value& from) {
    { codec<T>::name } -> std::convertible_to<std::string_view>;
    { codec<T>::decode(from) } -> std::same_as<std::optional<T>>;
};

namespace detail {

/// Characters are no numbers, and which of the two a `char` is meant as nobody can know.
template <class T>
concept number_type = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                      !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                      !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

[[noreturn]] PATIO_EXPORT void throw_too_large(std::uint64_t number);

template <class T>
constexpr const char* name_of_number() noexcept {
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
        case 1:
            return is_signed ? "an 8-bit integer" : "an unsigned 8-bit integer";
        case 2:
            return is_signed ? "a 16-bit integer" : "an unsigned 16-bit integer";
        case 4:
            return is_signed ? "a 32-bit integer" : "an unsigned 32-bit integer";
        default:
            return is_signed ? "an integer" : "an unsigned integer";
    }
}

}  // namespace detail

/// Databases count from -2^63 to 2^63 - 1. **Fails** with errc::out_of_range above.
template <detail::number_type T>
struct codec<T> {
    static constexpr const char* name = detail::name_of_number<T>();
    static value encode(T number) {
        if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t)) {
            constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
            if (number > most) detail::throw_too_large(number);
        }
        return value{static_cast<std::int64_t>(number)};
    }
    static std::optional<T> decode(const value& from) noexcept {
        const std::int64_t* number = from.integer();
        if (number == nullptr || !std::in_range<T>(*number)) return std::nullopt;
        return static_cast<T>(*number);
    }
};

/// 0 and 1; nothing else is read as one.
template <>
struct codec<bool> {
    static constexpr const char* name = "a bool";
    static value encode(bool yes) noexcept { return value{std::int64_t{yes}}; }
    static std::optional<bool> decode(const value& from) noexcept {
        const std::int64_t* number = from.integer();
        if (number == nullptr || (*number != 0 && *number != 1)) return std::nullopt;
        return *number == 1;
    }
};

/// An integer is read as one too: a database may keep 2.0 as 2.
template <class T>
    requires std::same_as<T, float> || std::same_as<T, double>
struct codec<T> {
    static constexpr const char* name = "a real number";
    static value encode(T number) noexcept { return value{static_cast<double>(number)}; }
    static std::optional<T> decode(const value& from) noexcept {
        if (const double* number = from.real()) return static_cast<T>(*number);
        if (const std::int64_t* number = from.integer()) return static_cast<T>(*number);
        return std::nullopt;
    }
};

template <class T>
    requires std::is_enum_v<T>
struct codec<T> {
    using number = codec<std::underlying_type_t<T>>;
    static constexpr const char* name = number::name;
    static value encode(T one) {
        return number::encode(static_cast<std::underlying_type_t<T>>(one));
    }
    static std::optional<T> decode(const value& from) noexcept {
        const auto read = number::decode(from);
        if (!read) return std::nullopt;
        return static_cast<T>(*read);
    }
};

template <>
struct codec<std::string> {
    static constexpr const char* name = "a text";
    static value encode(std::string text) noexcept { return value{std::move(text)}; }
    static std::optional<std::string> decode(const value& from) {
        if (const std::string* text = from.text()) return *text;
        return std::nullopt;
    }
    static std::optional<std::string> decode(value&& from) noexcept {
        if (std::string* text = from.text()) return std::move(*text);
        return std::nullopt;
    }
};
template <>
struct codec<std::string_view> {
    static value encode(std::string_view text) { return value{std::string{text}}; }
};
template <>
struct codec<const char*> {
    static value encode(const char* text) { return value{std::string{text}}; }
};
template <>
struct codec<char*> : codec<const char*> {};

template <>
struct codec<bytes> {
    static constexpr const char* name = "bytes";
    static value encode(bytes content) noexcept { return value{std::move(content)}; }
    static std::optional<bytes> decode(const value& from) {
        if (const bytes* content = from.binary()) return *content;
        return std::nullopt;
    }
    static std::optional<bytes> decode(value&& from) noexcept {
        if (bytes* content = from.binary()) return std::move(*content);
        return std::nullopt;
    }
};
template <>
struct codec<byte_view> {
    static value encode(byte_view content) { return value{bytes(content.begin(), content.end())}; }
};

/// NULL is the empty one.
template <class T>
struct codec<std::optional<T>> {
    static constexpr const char* name = [] {
        if constexpr (readable<T>) {
            return codec<T>::name;
        } else {
            return "";
        }
    }();
    static value encode(const std::optional<T>& given)
        requires bindable<const T&>
    {
        return given ? codec<T>::encode(*given) : value{};
    }
    static std::optional<std::optional<T>> decode(const value& from)
        requires readable<T>
    {
        return decode(value{from});
    }
    static std::optional<std::optional<T>> decode(value&& from)
        requires readable<T>
    {
        using perhaps_null = std::optional<T>;
        if (from.is_null()) return std::optional<perhaps_null>{std::in_place};
        perhaps_null read = codec<T>::decode(std::move(from));
        if (!read) return std::nullopt;
        return std::optional<perhaps_null>{std::in_place, std::move(read)};
    }
};
template <>
struct codec<std::nullopt_t> {
    static value encode(std::nullopt_t) noexcept { return value{}; }
};
template <>
struct codec<std::nullptr_t> {
    static value encode(std::nullptr_t) noexcept { return value{}; }
};

/// As it is, NULL or not.
template <>
struct codec<value> {
    static constexpr const char* name = "any value";
    static value encode(value given) noexcept { return given; }
    static std::optional<value> decode(value from) noexcept { return from; }
};

}  // namespace patio::sql
