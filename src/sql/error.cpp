// SPDX-License-Identifier: MIT

#include <patio/sql/error.hpp>

namespace patio::sql {

namespace {

const char* words_of(errc code) noexcept {
    switch (code) {
        case errc::bad_statement:
            return "the statement is wrong";
        case errc::wrong_parameters:
            return "the parameters do not fit the statement";
        case errc::unique_violation:
            return "a value that must be unique is there already";
        case errc::foreign_key_violation:
            return "a row refers to one that is not there";
        case errc::not_null_violation:
            return "a value is NULL that must not be";
        case errc::check_violation:
            return "a value does not pass a check of its table";
        case errc::constraint_violation:
            return "a rule of the schema is broken";
        case errc::busy:
            return "somebody else uses the database";
        case errc::interrupted:
            return "the statement was interrupted";
        case errc::transaction_over:
            return "the transaction is over";
        case errc::read_only:
            return "the database may only be read";
        case errc::full:
            return "there is no room for more";
        case errc::too_big:
            return "it is longer than the database takes";
        case errc::corrupt:
            return "this is no database, or it is damaged";
        case errc::cannot_open:
            return "the database cannot be opened";
        case errc::disk_failed:
            return "reading or writing the disk has failed";
        case errc::no_such_column:
            return "the row has no such column";
        case errc::wrong_type:
            return "the value is of another type";
        case errc::out_of_range:
            return "the value is out of range";
        case errc::refused:
            return "the database refuses it";
    }
    return "unknown error";
}

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "patio.sql"; }
    [[nodiscard]] std::string message(int code) const override {
        return words_of(static_cast<errc>(code));
    }
};

shared_text to_shared(const std::string& text) { return {text.c_str(), text.size()}; }

}  // namespace

const std::error_category& error_category() noexcept {
    static const category only;
    return only;
}

std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

std::error_condition make_error_condition(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

error::error(std::error_code code, const std::string& what, const std::string& statement,
             std::optional<std::size_t> offset)
    : patio::error{code, what},
      what_{to_shared(what)},
      statement_{to_shared(statement)},
      offset_{offset} {}
error::~error() = default;

conversion_error::conversion_error(const std::string& column, const std::string& wanted,
                                   const std::string& found)
    : error{make_error_code(errc::wrong_type),
            "column '" + column + "': wanted " + wanted + ", found " + found},
      column_{to_shared(column)},
      wanted_{to_shared(wanted)},
      found_{to_shared(found)} {}
conversion_error::conversion_error(const std::string& what)
    : error{make_error_code(errc::no_such_column), what} {}
conversion_error::~conversion_error() = default;

}  // namespace patio::sql
