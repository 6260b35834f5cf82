// SPDX-License-Identifier: MIT
#pragma once

// The part of a promise that keeps the coroutine's result.

#include <patio/core/detail/frame.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace patio::detail {

/// Throws a copy of what the coroutine threw, or usage_error if its result was taken for good.
[[noreturn, gnu::cold]] PATIO_EXPORT void throw_instead_of_result(const promise_base& promise);

/// Keeps the result of a coroutine in its frame until the awaiter takes it.
template <class T>
class result_storage : public promise_base {
public:
    // The union stays empty until there is a value.
    explicit result_storage(std::source_location definition) noexcept : promise_base{definition} {}
    ~result_storage() {
        if (state() == frame_state::value) destroy_value();
    }

    template <class U = T>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& value) {
        if constexpr (is_boxed) {
            stored_ = new T(std::forward<U>(value));
        } else if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<std::decay_t<U>>) {
            // A `co_return 0` for a std::size_t must not warn here, where nobody can help it.
            ::new (static_cast<void*>(&stored_)) T(static_cast<T>(value));
        } else {
            ::new (static_cast<void*>(&stored_)) T(std::forward<U>(value));
        }
        set_state(frame_state::value);
    }

    /// Also for a destructor that throws behind a `co_return`.
    void unhandled_exception() noexcept {
        if (state() == frame_state::value) [[unlikely]]
            destroy_value();
        promise_base::unhandled_exception();
    }

    /// Moves the result out, or throws what the coroutine threw.
    T take() {
        if (state() == frame_state::error) [[unlikely]]
            std::rethrow_exception(take_error());
        return std::move(value());
    }
    /// The same once: whoever asks again is told that it is gone.
    T take_for_good() {
        if (state() != frame_state::value) [[unlikely]]
            throw_instead_of_result(*this);
        T result = std::move(value());
        destroy_value();
        set_state(frame_state::done);
        return result;
    }
    /// The result in place, or throws a copy of what the coroutine threw.
    const T& look() {
        if (state() != frame_state::value) [[unlikely]]
            throw_instead_of_result(*this);
        return value();
    }

private:
    // A promise's alignment must not exceed 16: see promise_base.
    static constexpr bool is_boxed = alignof(T) > frame_pool::granule_bytes;

    T& value() noexcept {
        if constexpr (is_boxed) {
            return *stored_;
        } else {
            return stored_;
        }
    }
    void destroy_value() noexcept {
        if constexpr (is_boxed) {
            delete stored_;
        } else {
            stored_.~T();
        }
    }

    union {
        std::conditional_t<is_boxed, T*, T> stored_;
    };
};

template <class T>
    requires std::is_reference_v<T>
class result_storage<T> : public promise_base {
public:
    using promise_base::promise_base;

    void return_value(T value) noexcept {
        stored_ = __builtin_addressof(value);
        set_state(frame_state::value);
    }
    T take() {
        if (state() == frame_state::error) [[unlikely]]
            std::rethrow_exception(take_error());
        return static_cast<T>(*stored_);
    }
    T look() {
        if (state() == frame_state::error) [[unlikely]]
            std::rethrow_exception(error());
        return static_cast<T>(*stored_);
    }

private:
    std::remove_reference_t<T>* stored_ = nullptr;
};

template <>
class result_storage<void> : public promise_base {
public:
    using promise_base::promise_base;

    void return_void() noexcept { set_state(frame_state::done); }
    void take() {
        if (state() == frame_state::error) [[unlikely]]
            std::rethrow_exception(take_error());
    }
    void look() {
        if (state() == frame_state::error) [[unlikely]]
            std::rethrow_exception(error());
    }
};

}  // namespace patio::detail
