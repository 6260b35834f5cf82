// SPDX-License-Identifier: MIT
#pragma once

// What a database says no to, in words that hold for all of them.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>

namespace patio::sql {

/// Why something failed, whichever the database: `e.code() == sql::errc::unique_violation`.
enum class errc {
    /// The SQL is wrong: its grammar, or a table or column that does not exist.
    bad_statement = 1,
    /// As many parameters as the statement has places were not given.
    wrong_parameters,
    unique_violation,
    foreign_key_violation,
    not_null_violation,
    check_violation,
    /// Some other rule of the schema.
    constraint_violation,
    /// Somebody else holds a lock, or has changed what this transaction has read: once more from
    /// its beginning may help.
    busy,
    /// The statement was ended early, from outside.
    interrupted,
    /// The transaction is not open any more, though its body goes on: the database has rolled it
    /// back.
    transaction_over,
    /// The database may only be read.
    read_only,
    /// There is no room for more: the disk, or a limit of the database.
    full,
    /// A text, a result or a statement is longer than the database takes.
    too_big,
    /// This is no database, or it is damaged.
    corrupt,
    /// There is no such database, or it may not be opened.
    cannot_open,
    /// Reading or writing the disk failed.
    disk_failed,
    /// A row has no column of that name or number, or several of that name, or another number of
    /// columns.
    no_such_column,
    /// A value is of another type than the one that was asked for, or NULL.
    wrong_type,
    /// A number or a date is beyond what the database, or the type, can hold.
    out_of_range,
    /// Anything else that the database refuses.
    refused,
};

[[nodiscard]] PATIO_EXPORT const std::error_category& error_category() noexcept;
/// For codes of ours that come from no database.
[[nodiscard]] PATIO_EXPORT std::error_code make_error_code(errc code) noexcept;
[[nodiscard]] PATIO_EXPORT std::error_condition make_error_condition(errc code) noexcept;

/// Thrown by what is asked of a database.
///
/// ```
/// catch (const patio::sql::error& e) { if (e.code() == patio::sql::errc::unique_violation) … }
/// ```
///
/// `code()` is the database's own; compare it to `sql::errc`. `what()` names the statement, never
/// the parameters: those may be secrets.
class PATIO_EXPORT error : public patio::error {
public:
    /// `statement` may be empty; `what` is a sentence of its own.
    error(std::error_code code, const std::string& what, const std::string& statement = {},
          std::optional<std::size_t> offset = {});
    error(const error&) noexcept = default;
    error& operator=(const error&) noexcept = default;
    ~error() override;

    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
    /// The SQL; empty if it was not about a statement.
    [[nodiscard]] const char* statement() const noexcept { return statement_.c_str(); }
    /// Where in the SQL, in bytes; empty if the database does not know.
    [[nodiscard]] std::optional<std::size_t> offset() const noexcept { return offset_; }

private:
    shared_text what_;
    shared_text statement_;
    std::optional<std::size_t> offset_;
};

/// A row does not have what was asked of it.
class PATIO_EXPORT conversion_error final : public error {
public:
    /// A value of another kind: "column 2 'age': wanted a 32-bit integer, found NULL".
    conversion_error(const std::string& column, const std::string& wanted,
                     const std::string& found);
    /// A column, or a number of columns, that the row does not have.
    explicit conversion_error(const std::string& what);
    conversion_error(const conversion_error&) noexcept = default;
    conversion_error& operator=(const conversion_error&) noexcept = default;
    ~conversion_error() override;

    /// Its name; empty if there is no such column.
    [[nodiscard]] const char* column() const noexcept { return column_.c_str(); }
    /// What the program wanted, in words.
    [[nodiscard]] const char* wanted() const noexcept { return wanted_.c_str(); }
    /// What was found, in words.
    [[nodiscard]] const char* found() const noexcept { return found_.c_str(); }

private:
    shared_text column_;
    shared_text wanted_;
    shared_text found_;
};

}  // namespace patio::sql

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::is_error_condition_enum<patio::sql::errc> : std::true_type {};
/// @endcond
