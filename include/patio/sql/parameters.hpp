// SPDX-License-Identifier: MIT
#pragma once

// The values for the places of a statement.

#include <patio/sql/codec.hpp>
#include <patio/sql/value.hpp>

#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace patio::sql {

/// Values for the places of one statement, in their order. They never become a part of its text.
///
/// **Use** it for `execute_many` and where their number is known at run time only; else give the
/// values themselves to `query` and `execute`.
class parameters {
public:
    parameters() noexcept = default;
    /// Copies, or moves in, whatever it is given; a view need not live longer than this call.
    template <bindable... Args>
    static parameters of(Args&&... args) {
        parameters made;
        made.values_.reserve(sizeof...(Args));
        (made.add(std::forward<Args>(args)), ...);
        return made;
    }
    template <bindable... Args>
    static parameters of(std::tuple<Args...> all) {
        return std::apply([](Args&... each) { return of(std::move(each)...); }, all);
    }

    /// Appends one.
    template <bindable T>
    parameters& add(T&& one) {
        values_.push_back(codec<std::decay_t<T>>::encode(std::forward<T>(one)));
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] const value& operator[](std::size_t index) const noexcept {
        return values_[index];
    }

private:
    std::vector<value> values_;
};

}  // namespace patio::sql
