// SPDX-License-Identifier: MIT
#pragma once

// One row of a result, before anybody has said what types it has.

#include <patio/base/config.hpp>
#include <patio/sql/codec.hpp>
#include <patio/sql/error.hpp>
#include <patio/sql/value.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::sql {

/// The names of a result's columns, which its rows share.
using column_names = std::vector<std::string>;

/// One row: values by number and by name.
///
/// ```
/// for (const patio::sql::row& each : co_await db.query("select id, name from users"))
///     std::printf("%d %s\n", each.get<int>("id"), each.get<std::string>("name").c_str());
/// ```
///
/// **Fails** `get` with conversion_error: no such column, several of that name, another type, a
/// number that does not fit, NULL where the type is no std::optional.
/// **Cost** one block for each row besides its texts; a search through the names for `get` by name.
class PATIO_EXPORT row {
public:
    /// One without columns.
    row() noexcept = default;
    /// As many values as names. The names are shared by the rows of a result, which may outlive
    /// each other in any order: hence the counted pointer.
    row(std::shared_ptr<const column_names> names, std::vector<value> values) noexcept
        : names_{std::move(names)}, values_{std::move(values)} {}

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    /// The number must be below `size()`.
    [[nodiscard]] const value& operator[](std::size_t index) const noexcept {
        return values_[index];
    }
    [[nodiscard]] const std::string& name(std::size_t index) const noexcept {
        return (*names_)[index];
    }
    /// The number of the column with that name, in just that spelling. **Fails** if there is none,
    /// or more than one.
    [[nodiscard]] std::size_t index_of(std::string_view name) const;

    template <readable T>
    [[nodiscard]] T get(std::size_t index) const {
        std::optional<T> read = codec<T>::decode(at(index));
        if (!read) fail(index, codec<T>::name);
        return std::move(*read);
    }
    template <readable T>
    [[nodiscard]] T get(std::string_view name) const {
        return get<T>(index_of(name));
    }
    /// The same, and leaves an empty text, or no bytes, behind.
    template <readable T>
    [[nodiscard]] T take(std::size_t index) {
        static_cast<void>(at(index));
        std::optional<T> read = codec<T>::decode(std::move(values_[index]));
        if (!read) fail(index, codec<T>::name);
        return std::move(*read);
    }

private:
    [[nodiscard]] const value& at(std::size_t index) const {
        if (index >= values_.size()) fail_index(index);
        return values_[index];
    }
    [[noreturn]] void fail_index(std::size_t index) const;
    [[noreturn]] void fail(std::size_t index, const char* wanted) const;

    std::shared_ptr<const column_names> names_;
    std::vector<value> values_;
};

}  // namespace patio::sql
