// SPDX-License-Identifier: MIT
#pragma once

// Rows as the types that the program works with.

#include <patio/base/config.hpp>
#include <patio/sql/codec.hpp>
#include <patio/sql/detail/fields.hpp>
#include <patio/sql/row.hpp>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace patio::sql {

namespace detail {

template <class T>
concept makes_itself = requires(const row& from) {
    { T::from_row(from) } -> std::same_as<T>;
};

template <class Tuple>
struct all_readable : std::false_type {};
template <class... Each>
struct all_readable<std::tuple<Each...>> : std::bool_constant<(readable<Each> && ...)> {};
template <class First, class Second>
struct all_readable<std::pair<First, Second>>
    : std::bool_constant<readable<First> && readable<Second>> {};
template <class... Each>
struct all_readable<std::tuple<Each&...>> : std::bool_constant<(readable<Each> && ...)> {};

template <class T>
concept row_struct =
    plain_struct<T> && all_readable<decltype(fields_of(std::declval<T&>()))>::value;

[[noreturn]] PATIO_EXPORT void throw_wrong_width(std::size_t wanted, const row& found);

inline void check_width(std::size_t wanted, const row& found) {
    if (found.size() != wanted) throw_wrong_width(wanted, found);
}

}  // namespace detail

/// What a row can be read as: `row` itself; one value, if it has one column; a std::tuple or
/// std::pair of values; a struct without constructors, whose fields are the columns in their order
/// (at most 16, no arrays); a class with a `static T from_row(const patio::sql::row&)`.
template <class T>
concept row_type = std::same_as<T, row> || detail::makes_itself<T> || readable<T> ||
                   detail::all_readable<T>::value || detail::row_struct<T>;

/// **Fails** with conversion_error; a row with more or fewer columns is one too.
template <row_type T>
[[nodiscard]] T from_row(row from) {
    if constexpr (std::same_as<T, row>) {
        return from;
    } else if constexpr (detail::makes_itself<T>) {
        return T::from_row(from);
    } else if constexpr (readable<T>) {
        detail::check_width(1, from);
        return from.take<T>(0);
    } else if constexpr (detail::all_readable<T>::value) {
        detail::check_width(std::tuple_size_v<T>, from);
        return [&]<std::size_t... numbers>(std::index_sequence<numbers...>) {
            return T{from.take<std::tuple_element_t<numbers, T>>(numbers)...};
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    } else {
        T made{};
        const auto fields = detail::fields_of(made);
        using all = std::remove_const_t<decltype(fields)>;
        detail::check_width(std::tuple_size_v<all>, from);
        [&]<std::size_t... numbers>(std::index_sequence<numbers...>) {
            ((std::get<numbers>(fields) =
                  from.take<std::remove_reference_t<std::tuple_element_t<numbers, all>>>(numbers)),
             ...);
        }(std::make_index_sequence<std::tuple_size_v<all>>{});
        return made;
    }
}

}  // namespace patio::sql
