// SPDX-License-Identifier: MIT
#pragma once

// Prepared statements, and those that are kept for their next use.

#include <patio/base/duration.hpp>
#include <patio/sql/parameters.hpp>
#include <patio/sql/row.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sqlite3.h>

namespace patio::sqlite::detail {

/// The library's database, and what it does not know about its failures.
struct native_database {
    sqlite3* handle = nullptr;
    duration waited;  ///< for a lock in vain, by the call that runs
};

/// Throws what SQLite has said last about `database`. `statement` may be empty.
[[noreturn]] void fail(const native_database& database, const std::string& doing,
                       const std::string& statement = {});
/// "executing 'select …'", with no more of it than one wants to read in a message.
[[nodiscard]] std::string doing_with(const char* doing, std::string_view statement);

/// One prepared statement, and the values that it was given for the moment.
class statement {
public:
    /// **Borrows** the database. **Fails** with sqlite::error, also if there is none in the text,
    /// or more than one.
    statement(const native_database& database, const std::string& text);
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement();

    /// **Borrows** the values until `reset`. **Fails** if they are too many, or too few.
    void bind(const sql::parameters& values);
    /// Runs to the next row. False: it has ended.
    bool step();
    /// The row at which it stands.
    [[nodiscard]] sql::row read_row();
    /// Ends it, and forgets the values.
    void reset() noexcept;

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    void bind_one(int place, std::size_t number, const sql::value& one);
    [[nodiscard]] std::vector<std::size_t> order_of_places(std::size_t& wanted) const;
    void learn_names();

    const native_database* database_;
    std::string text_;
    sqlite3_stmt* handle_ = nullptr;
    std::vector<std::size_t> order_;  // which value goes to which place
    std::size_t values_wanted_ = 0;
    // Of the last preparation: SQLite prepares again when the schema has changed.
    std::shared_ptr<const sql::column_names> names_;
    int names_of_preparation_ = -1;
};

/// Statements that nobody uses, by their text; the one that was not used for longest goes first.
class statement_cache {
public:
    explicit statement_cache(std::size_t statements_max) noexcept : max_{statements_max} {}

    /// Null if there is none with that text.
    [[nodiscard]] std::unique_ptr<statement> take(const std::string& text) noexcept;
    /// It must have been reset.
    void put_back(std::unique_ptr<statement> one) noexcept;
    void clear() noexcept;

private:
    using list = std::list<std::unique_ptr<statement>>;

    std::size_t max_;
    list unused_;  // the one that was used last comes first
    std::unordered_map<std::string_view, list::iterator> places_;  // keys lie in the statements
};

}  // namespace patio::sqlite::detail
