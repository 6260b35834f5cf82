// SPDX-License-Identifier: MIT
#pragma once

// What stands in one field of a table, and in one parameter: a value of one of few kinds.

#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace patio::sql {

/// What a BLOB or a bytea is on this side.
using bytes = std::vector<std::byte>;

enum class value_kind : std::uint8_t { null, integer, real, text, binary };

/// In words: "NULL", "an integer", "a text".
[[nodiscard]] PATIO_EXPORT const char* name_of(value_kind kind) noexcept;

/// NULL, an integer, a real number, a text or bytes.
///
/// **Use** types of your own and `row::get<T>` instead; this is what a `codec` translates from and
/// to.
class PATIO_EXPORT value {
public:
    /// NULL.
    value() noexcept = default;
    explicit value(std::int64_t number) noexcept : content_{number} {}
    explicit value(double number) noexcept : content_{number} {}
    explicit value(std::string text) noexcept : content_{std::move(text)} {}
    explicit value(bytes content) noexcept : content_{std::move(content)} {}

    [[nodiscard]] value_kind kind() const noexcept {
        return static_cast<value_kind>(content_.index());
    }
    [[nodiscard]] bool is_null() const noexcept { return kind() == value_kind::null; }

    // Each gives null if it is of another kind.
    [[nodiscard]] const std::int64_t* integer() const noexcept { return get<std::int64_t>(); }
    [[nodiscard]] const double* real() const noexcept { return get<double>(); }
    [[nodiscard]] const std::string* text() const noexcept { return get<std::string>(); }
    [[nodiscard]] std::string* text() noexcept { return std::get_if<std::string>(&content_); }
    [[nodiscard]] const bytes* binary() const noexcept { return get<bytes>(); }
    [[nodiscard]] bytes* binary() noexcept { return std::get_if<bytes>(&content_); }

    /// About how much memory it takes.
    [[nodiscard]] std::size_t size_bytes() const noexcept {
        if (const std::string* characters = text()) return sizeof(value) + characters->size();
        if (const bytes* content = binary()) return sizeof(value) + content->size();
        return sizeof(value);
    }

    /// Of the same kind and equal; NULL is equal to NULL here.
    friend bool operator==(const value&, const value&) = default;

private:
    template <class T>
    [[nodiscard]] const T* get() const noexcept {
        return std::get_if<T>(&content_);
    }

    std::variant<std::monostate, std::int64_t, double, std::string, bytes> content_;
};

}  // namespace patio::sql
