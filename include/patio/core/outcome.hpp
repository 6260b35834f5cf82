// SPDX-License-Identifier: MIT
#pragma once

// How an operation ended, as a value.

#include <patio/base/config.hpp>
#include <patio/core/errors.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace patio {

namespace detail {

/// The exception's own `what()`, which lives as long as the exception; says so if there is none.
[[nodiscard]] PATIO_EXPORT const char* what_of(const std::exception_ptr& error) noexcept;

/// What stands for a `void` in a tuple or an optional.
template <class T>
using slot = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

}  // namespace detail

/// A value, an exception, or "cancelled": what `as_outcome` gives for an operation, and
/// `gather_settled` for each of several.
///
/// asyncio's `return_exceptions=True` mixes results and exceptions in one list; here each says what
/// it is.
template <class T>
class outcome {
    static_assert(!std::is_same_v<T, std::exception_ptr>,
                  "an outcome cannot tell a std::exception_ptr that is a value from a failure");

public:
    explicit outcome(detail::slot<T> value) noexcept(
        std::is_nothrow_move_constructible_v<detail::slot<T>>)
        : value_{std::move(value)} {}
    explicit outcome(std::exception_ptr error) noexcept : error_{std::move(error)} {}

    [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    /// Null if there is a value.
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
    /// The exception's own `what()`, as long as this outcome or a copy of its `error()` lives; "no
    /// exception" if there is a value.
    [[nodiscard]] const char* what() const noexcept { return detail::what_of(error_); }
    /// Whether the operation was cancelled by somebody else.
    [[nodiscard]] bool is_cancelled() const {
        if (!error_) return false;
        try {
            std::rethrow_exception(error_);
        } catch (const task_cancelled&) {
            return true;
        } catch (...) {
            return false;
        }
    }

    /// **Fails** by throwing the operation's exception.
    const detail::slot<T>& value() const& {
        if (error_) std::rethrow_exception(error_);
        return *value_;
    }
    detail::slot<T>&& value() && {
        if (error_) std::rethrow_exception(error_);
        return std::move(*value_);
    }

private:
    std::optional<detail::slot<T>> value_;
    std::exception_ptr error_;
};

}  // namespace patio
