// SPDX-License-Identifier: MIT
#pragma once

// What SQLite says no to, with its own codes.

#include <patio/base/config.hpp>
#include <patio/sql/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

namespace patio::sqlite {

/// The category of SQLite's result codes. They compare to the conditions of `sql::errc`.
[[nodiscard]] PATIO_EXPORT const std::error_category& error_category() noexcept;

/// Thrown for everything that SQLite itself refuses.
///
/// ```
/// catch (const patio::sql::error& e) { if (e.code() == patio::sql::errc::busy) … }
/// ```
///
/// **Source** https://www.sqlite.org/rescode.html
class PATIO_EXPORT error : public sql::error {
public:
    error(int extended_code, const std::string& what, const std::string& statement = {},
          std::optional<std::size_t> offset = {});
    error(const error&) noexcept = default;
    error& operator=(const error&) noexcept = default;
    ~error() override;

    /// SQLITE_BUSY, SQLITE_CONSTRAINT, …
    [[nodiscard]] int primary_code() const noexcept { return extended_code() & 0xff; }
    /// SQLITE_BUSY_SNAPSHOT, SQLITE_CONSTRAINT_UNIQUE, …; the primary code if there is none.
    [[nodiscard]] int extended_code() const noexcept { return code().value(); }
};

}  // namespace patio::sqlite
