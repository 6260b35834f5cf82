// SPDX-License-Identifier: MIT

#include <patio/sqlite/error.hpp>

#include <sqlite3.h>

namespace patio::sqlite {

namespace {

using sql::errc;

errc condition_of_constraint(int code) noexcept {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return errc::unique_violation;
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return errc::foreign_key_violation;
        case SQLITE_CONSTRAINT_NOTNULL:
            return errc::not_null_violation;
        case SQLITE_CONSTRAINT_CHECK:
            return errc::check_violation;
        default:
            return errc::constraint_violation;
    }
}

errc condition_of(int code) noexcept {
    switch (code & 0xff) {
        case SQLITE_ERROR:
            return errc::bad_statement;
        case SQLITE_RANGE:
            return errc::wrong_parameters;
        case SQLITE_CONSTRAINT:
            return condition_of_constraint(code);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return errc::busy;
        case SQLITE_INTERRUPT:
            return errc::interrupted;
        case SQLITE_ABORT:
            return errc::transaction_over;
        case SQLITE_READONLY:
            return errc::read_only;
        case SQLITE_FULL:
            return errc::full;
        case SQLITE_TOOBIG:
            return errc::too_big;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return errc::corrupt;
        case SQLITE_CANTOPEN:
            return errc::cannot_open;
        case SQLITE_IOERR:
            return errc::disk_failed;
        default:
            return errc::refused;
    }
}

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "patio.sqlite"; }
    [[nodiscard]] std::string message(int code) const override { return ::sqlite3_errstr(code); }
    [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
        return sql::make_error_condition(condition_of(code));
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const category only;
    return only;
}

error::error(int extended_code, const std::string& what, const std::string& statement,
             std::optional<std::size_t> offset)
    : sql::error{std::error_code{extended_code, error_category()}, what, statement, offset} {}
error::~error() = default;

}  // namespace patio::sqlite
