// SPDX-License-Identifier: MIT

#include <patio/sqlite/error.hpp>

#include <gtest/gtest.h>

#include <string>

#include <sqlite3.h>

namespace {

using patio::sql::errc;

TEST(sqlite_error, keeps_the_codes_and_compares_to_reasons) {
    const patio::sqlite::error error{SQLITE_CONSTRAINT_UNIQUE, "what", "insert", 3};
    EXPECT_EQ(error.primary_code(), SQLITE_CONSTRAINT);
    EXPECT_EQ(error.extended_code(), SQLITE_CONSTRAINT_UNIQUE);
    EXPECT_EQ(error.code(), errc::unique_violation);
    EXPECT_NE(error.code(), errc::busy);
    EXPECT_STREQ(error.what(), "what");
    EXPECT_STREQ(error.statement(), "insert");
    EXPECT_EQ(error.offset(), 3U);
    EXPECT_STREQ(error.code().category().name(), "patio.sqlite");
    EXPECT_EQ(error.code().message(), "constraint failed");
}

TEST(sqlite_error, has_a_reason_for_each_code) {
    const auto reason = [](int code) { return patio::sqlite::error{code, ""}.code(); };
    EXPECT_EQ(reason(SQLITE_CONSTRAINT_PRIMARYKEY), errc::unique_violation);
    EXPECT_EQ(reason(SQLITE_CONSTRAINT_TRIGGER), errc::constraint_violation);
    EXPECT_EQ(reason(SQLITE_BUSY_SNAPSHOT), errc::busy);
    EXPECT_EQ(reason(SQLITE_IOERR_READ), errc::disk_failed);
    EXPECT_EQ(reason(SQLITE_FULL), errc::full);
    EXPECT_EQ(reason(SQLITE_NOTADB), errc::corrupt);
    EXPECT_EQ(reason(SQLITE_MISUSE), errc::refused);
}

TEST(sql_errors, of_ours_compare_too) {
    const patio::sql::conversion_error error{"c", "an integer", "NULL"};
    EXPECT_EQ(error.code(), errc::wrong_type);
    EXPECT_STREQ(error.wanted(), "an integer");
    EXPECT_STREQ(error.found(), "NULL");
    EXPECT_FALSE(error.code().message().empty());
}

}  // namespace
