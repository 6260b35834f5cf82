// SPDX-License-Identifier: MIT
#pragma once

// What may go from one loop to another.

#include <cstddef>
#include <type_traits>

namespace patio {

namespace detail {

template <class T>
concept loop_affine = requires { typename T::loop_affine; };

template <class T>
struct is_sendable : std::bool_constant<!loop_affine<T>> {};
template <class T>
struct is_sendable<const T> : is_sendable<T> {};
template <class T>
struct is_sendable<T&> : std::false_type {};
template <class T>
struct is_sendable<T&&> : std::false_type {};
template <class T>
struct is_sendable<T*> : is_sendable<std::remove_cv_t<T>> {};
template <class T, std::size_t size>
struct is_sendable<T[size]> : is_sendable<T> {};
template <class T, std::size_t size, template <class, std::size_t> class Array>
struct is_sendable<Array<T, size>> : is_sendable<T> {};
template <template <class...> class Template, class... Args>
struct is_sendable<Template<Args...>>
    : std::bool_constant<!loop_affine<Template<Args...>> && (is_sendable<Args>::value && ...)> {};

}  // namespace detail

/// A value that may be given to another loop, which runs on another thread.
///
/// Not so what belongs to one loop: tasks, groups, coroutines, events, mutexes, queues, channels,
/// streams, sockets. Each of them says `using loop_affine = void;`, and so should types of your own
/// that contain one of them, or anything else that two threads must not touch at once. Pointers to
/// them, and whatever is made with a template from them (`std::vector<task<>>`,
/// `std::shared_ptr<event>`), are refused as well; so are references.
///
/// What syntax cannot tell: that a pointer, a view, or something captured by reference does not
/// lead to what the first loop goes on using.
template <class T>
concept sendable =
    std::is_object_v<T> && std::is_move_constructible_v<T> && detail::is_sendable<T>::value;

}  // namespace patio
