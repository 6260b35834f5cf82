// SPDX-License-Identifier: MIT

#include "statement.hpp"

#include <patio/core/error.hpp>
#include <patio/sql/error.hpp>
#include <patio/sqlite/error.hpp>

#include <charconv>
#include <cmath>
#include <optional>

namespace patio::sqlite::detail {

namespace {

constexpr std::size_t statement_shown_max = 200;

/// Whether SQL has nothing but blanks and comments.
bool is_blank(sqlite3* database, const char* text) {
    sqlite3_stmt* handle = nullptr;
    const char* rest = text;
    while (*rest != '\0') {
        const char* begin = rest;
        if (::sqlite3_prepare_v2(database, begin, -1, &handle, &rest) != SQLITE_OK) return false;
        if (handle != nullptr) {
            ::sqlite3_finalize(handle);
            return false;
        }
        if (rest == begin) return true;
    }
    return true;
}

[[noreturn]] void fail_statement(sql::errc code, const std::string& what, const std::string& text) {
    throw sql::error{sql::make_error_code(code), doing_with("preparing", text) + ": " + what, text};
}

/// The number of `$1` or `?1`; 0 for other names.
std::size_t number_in(const char* name) noexcept {
    if (name == nullptr || (*name != '$' && *name != '?')) return 0;
    std::size_t number = 0;
    const char* const end = name + std::char_traits<char>::length(name);
    const auto [stop, failure] = std::from_chars(name + 1, end, number);
    return failure == std::errc{} && stop == end ? number : 0;
}

}  // namespace

void fail(const native_database& database, const std::string& doing, const std::string& statement) {
    const int code = ::sqlite3_extended_errcode(database.handle);
    const int offset = ::sqlite3_error_offset(database.handle);
    std::optional<std::size_t> place;
    if (offset >= 0) place = static_cast<std::size_t>(offset);
    std::string what = doing + ": " + ::sqlite3_errmsg(database.handle);
    if ((code & 0xff) == SQLITE_BUSY && database.waited > duration{}) {
        what +=
            ", after " + std::to_string(database.waited.count() / 1'000'000) + " ms (busy_timeout)";
    }
    throw error{code, what, statement, place};
}

std::string doing_with(const char* doing, std::string_view statement) {
    std::string all = std::string{doing} + " '";
    all += statement.substr(0, statement_shown_max);
    if (statement.size() > statement_shown_max) all += "…";
    return all + "'";
}

// --- statement

statement::statement(const native_database& database, const std::string& text)
    : database_{&database}, text_{text} {
    if (text_.find('\0') != std::string::npos) {
        fail_statement(sql::errc::bad_statement, "there is a zero in it", text_);
    }
    const char* rest = nullptr;
    // With the zero behind it, so that SQLite need not copy the text.
    const int size = static_cast<int>(text_.size() + 1);
    if (::sqlite3_prepare_v3(database.handle, text_.c_str(), size, SQLITE_PREPARE_PERSISTENT,
                             &handle_, &rest) != SQLITE_OK) {
        fail(database, doing_with("preparing", text_), text_);
    }
    if (handle_ == nullptr) fail_statement(sql::errc::bad_statement, "it is empty", text_);
    try {
        if (!is_blank(database.handle, rest)) {
            fail_statement(sql::errc::bad_statement,
                           "there is more than one statement: execute_script runs several", text_);
        }
        order_ = order_of_places(values_wanted_);
    } catch (...) {
        ::sqlite3_finalize(handle_);
        throw;
    }
}

statement::~statement() { ::sqlite3_finalize(handle_); }

/// SQLite numbers `$1` and `$2` as they come, like any names; elsewhere the number counts.
std::vector<std::size_t> statement::order_of_places(std::size_t& wanted) const {
    const int count = ::sqlite3_bind_parameter_count(handle_);
    std::vector<std::size_t> order(static_cast<std::size_t>(count));
    wanted = order.size();
    bool has_numbers = count > 0;
    std::size_t largest = 0;
    for (int place = 1; place <= count; ++place) {
        const char* name = ::sqlite3_bind_parameter_name(handle_, place);
        const std::size_t number = number_in(name);
        has_numbers = has_numbers && number > 0 && *name == '$';
        largest = std::max(largest, number);
    }
    for (int place = 1; place <= count; ++place) {
        const std::size_t number = number_in(::sqlite3_bind_parameter_name(handle_, place));
        const auto index = static_cast<std::size_t>(place - 1);
        order[index] = has_numbers ? number - 1 : index;
    }
    if (has_numbers) wanted = largest;
    return order;
}

void statement::bind(const sql::parameters& values) {
    if (values.size() != values_wanted_) {
        throw sql::error{sql::make_error_code(sql::errc::wrong_parameters),
                         doing_with("binding parameters of", text_) + ": it has places for " +
                             std::to_string(values_wanted_) + ", but got " +
                             std::to_string(values.size()),
                         text_};
    }
    for (std::size_t index = 0; index < order_.size(); ++index)
        bind_one(static_cast<int>(index + 1), order_[index], values[order_[index]]);
}

void statement::bind_one(int place, std::size_t number, const sql::value& one) {
    int code = SQLITE_OK;
    switch (one.kind()) {
        case sql::value_kind::null:
            code = ::sqlite3_bind_null(handle_, place);
            break;
        case sql::value_kind::integer:
            code = ::sqlite3_bind_int64(handle_, place, *one.integer());
            break;
        case sql::value_kind::real:
            if (std::isnan(*one.real())) {
                throw sql::error{sql::make_error_code(sql::errc::out_of_range),
                                 "parameter " + std::to_string(number + 1) +
                                     " is not a number (NaN), which SQLite would make NULL",
                                 text_};
            }
            code = ::sqlite3_bind_double(handle_, place, *one.real());
            break;
        case sql::value_kind::text:
            code = ::sqlite3_bind_text64(handle_, place, one.text()->data(), one.text()->size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
            break;
        case sql::value_kind::binary:
            // A null pointer would be NULL, whatever the size.
            if (one.binary()->empty()) {
                code = ::sqlite3_bind_zeroblob(handle_, place, 0);
            } else {
                code = ::sqlite3_bind_blob64(handle_, place, one.binary()->data(),
                                             one.binary()->size(), SQLITE_STATIC);
            }
            break;
    }
    if (code != SQLITE_OK) fail(*database_, doing_with("binding parameters of", text_), text_);
}

bool statement::step() {
    const int code = ::sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(*database_, doing_with("executing", text_), text_);
    return false;
}

void statement::learn_names() {
    const int preparation = ::sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_REPREPARE, 0);
    if (names_ && names_of_preparation_ == preparation) return;
    sql::column_names names;
    const int count = ::sqlite3_column_count(handle_);
    for (int index = 0; index < count; ++index)
        names.emplace_back(::sqlite3_column_name(handle_, index));
    names_ = std::make_shared<const sql::column_names>(std::move(names));
    names_of_preparation_ = preparation;
}

namespace {

sql::value read_value(sqlite3_stmt* from, int index) {
    switch (::sqlite3_column_type(from, index)) {
        case SQLITE_INTEGER:
            return sql::value{std::int64_t{::sqlite3_column_int64(from, index)}};
        case SQLITE_FLOAT:
            return sql::value{::sqlite3_column_double(from, index)};
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(from, index));
            const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(from, index));
            if (text == nullptr) throw std::bad_alloc{};
            return sql::value{std::string{text, size}};
        }
        case SQLITE_BLOB: {
            const auto* first = static_cast<const std::byte*>(::sqlite3_column_blob(from, index));
            const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(from, index));
            if (first == nullptr) return sql::value{sql::bytes{}};
            return sql::value{sql::bytes(first, first + size)};
        }
        default:
            return sql::value{};
    }
}

}  // namespace

sql::row statement::read_row() {
    learn_names();
    std::vector<sql::value> values;
    const int count = ::sqlite3_data_count(handle_);
    values.reserve(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index)
        values.push_back(read_value(handle_, index));
    return sql::row{names_, std::move(values)};
}

void statement::reset() noexcept {
    ::sqlite3_reset(handle_);
    ::sqlite3_clear_bindings(handle_);
}

// --- statement_cache

std::unique_ptr<statement> statement_cache::take(const std::string& text) noexcept {
    const auto found = places_.find(text);
    if (found == places_.end()) return nullptr;
    std::unique_ptr<statement> one = std::move(*found->second);
    unused_.erase(found->second);
    places_.erase(found);
    return one;
}

void statement_cache::put_back(std::unique_ptr<statement> one) noexcept {
    if (max_ == 0 || places_.contains(one->text())) return;
    try {
        while (unused_.size() >= max_) {
            places_.erase(unused_.back()->text());
            unused_.pop_back();
        }
        unused_.push_front(std::move(one));
        places_.emplace(unused_.front()->text(), unused_.begin());
    } catch (...) {  // no memory for keeping it: it need not be kept
        clear();
    }
}

void statement_cache::clear() noexcept {
    places_.clear();
    unused_.clear();
}

}  // namespace patio::sqlite::detail
