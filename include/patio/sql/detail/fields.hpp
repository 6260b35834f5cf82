// SPDX-License-Identifier: MIT
#pragma once

// The fields of a plain struct, counted and referred to without its help.

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace patio::sql::detail {

/// Converts to whatever stands in a field; never called. (It has a body because Clang warns of one
/// without if the struct is in an unnamed namespace.)
template <class Aggregate>
struct any_field {
    template <class T>
        requires(!std::same_as<T, Aggregate>)
    operator T() const noexcept {  // NOLINT: the point
        __builtin_unreachable();
    }
};

template <class T, std::size_t... numbers>
constexpr bool can_take(std::index_sequence<numbers...>) noexcept {
    return requires { T{(static_cast<void>(numbers), any_field<T>{})...}; };
}

inline constexpr std::size_t fields_max = 16;

/// The most initialisers that `T{…}` takes. A member that is an array would count as its elements.
template <class T, std::size_t count = fields_max + 1>
constexpr std::size_t count_fields() noexcept {
    if constexpr (count == 0 || can_take<T>(std::make_index_sequence<count>{})) {
        return count;
    } else {
        return count_fields<T, count - 1>();
    }
}

/// A struct without constructors and bases, of at most `fields_max` fields.
template <class T>
concept plain_struct = std::is_aggregate_v<T> && std::is_class_v<T> &&
                       std::is_default_constructible_v<T> && count_fields<T>() > 0 &&
                       count_fields<T>() <= fields_max;

/// References to all fields, in their order.
template <plain_struct T>
constexpr auto fields_of(T& of) noexcept {
    constexpr std::size_t count = count_fields<T>();
    if constexpr (count == 1) {
        auto& [a] = of;
        return std::tie(a);
    } else if constexpr (count == 2) {
        auto& [a, b] = of;
        return std::tie(a, b);
    } else if constexpr (count == 3) {
        auto& [a, b, c] = of;
        return std::tie(a, b, c);
    } else if constexpr (count == 4) {
        auto& [a, b, c, d] = of;
        return std::tie(a, b, c, d);
    } else if constexpr (count == 5) {
        auto& [a, b, c, d, e] = of;
        return std::tie(a, b, c, d, e);
    } else if constexpr (count == 6) {
        auto& [a, b, c, d, e, f] = of;
        return std::tie(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
        auto& [a, b, c, d, e, f, g] = of;
        return std::tie(a, b, c, d, e, f, g);
    } else if constexpr (count == 8) {
        auto& [a, b, c, d, e, f, g, h] = of;
        return std::tie(a, b, c, d, e, f, g, h);
    } else if constexpr (count == 9) {
        auto& [a, b, c, d, e, f, g, h, i] = of;
        return std::tie(a, b, c, d, e, f, g, h, i);
    } else if constexpr (count == 10) {
        auto& [a, b, c, d, e, f, g, h, i, j] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j);
    } else if constexpr (count == 11) {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k);
    } else if constexpr (count == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
    } else if constexpr (count == 13) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
    } else if constexpr (count == 14) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    } else if constexpr (count == 15) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
    } else {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = of;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
    }
}

}  // namespace patio::sql::detail
