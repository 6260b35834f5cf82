// SPDX-License-Identifier: MIT

#include <patio/sqlite/options.hpp>

#include "database_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace {

using namespace patio::test_support;
using patio::async;
using patio::sqlite::connection;
using patio::sqlite::options;

class sqlite_options : public database_suite {};

async<std::string> pragma(connection& db, const char* name) {
    const auto row = co_await db.query(std::string{"pragma "} + name);
    const patio::sql::value& value = row.at(0)[0];
    co_return value.text() != nullptr ? *value.text() : std::to_string(*value.integer());
}

TEST_F(sqlite_options, are_cautious_by_default) {
    run([&]() -> async<> {
        connection db = co_await patio::sqlite::open(path_);
        const std::string keys = co_await pragma(db, "foreign_keys");
        EXPECT_EQ(keys, "1");
        const std::string sync = co_await pragma(db, "synchronous");
        EXPECT_EQ(sync, "2");
        const std::string journal = co_await pragma(db, "journal_mode");
        EXPECT_EQ(journal, "delete");
    });
}

TEST_F(sqlite_options, reach_the_database) {
    run([&]() -> async<> {
        connection db =
            co_await patio::sqlite::open(path_, options{}
                                                    .journal(patio::sqlite::journal_mode::wal)
                                                    .sync(patio::sqlite::synchronous::normal)
                                                    .foreign_keys(false));
        const std::string keys = co_await pragma(db, "foreign_keys");
        EXPECT_EQ(keys, "0");
        const std::string sync = co_await pragma(db, "synchronous");
        EXPECT_EQ(sync, "1");
        const std::string journal = co_await pragma(db, "journal_mode");
        EXPECT_EQ(journal, "wal");
        co_await db.execute("create table t (v)");
        EXPECT_TRUE(std::filesystem::exists(path_ + "-wal"));
        co_await db.close();
        EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "the log was moved in";
    });
}

TEST_F(sqlite_options, bound_a_result_by_name) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:", options{}.result_bytes_max(100'000));
        const auto ask = [&]() -> async<> {
            static_cast<void>(co_await db.query(
                "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"));
        };
        const std::string failure = co_await failure_of(ask());
        EXPECT_NE(failure.find("result_bytes_max = 100000"), std::string::npos) << failure;
        const auto one = co_await db.query_one<int>("select 1");
        EXPECT_EQ(one, 1);
    });
}

TEST_F(sqlite_options, say_how_many_statements_are_kept) {
    for (const std::size_t count : {0U, 1U, 3U}) {
        run([&]() -> async<> {
            connection db = co_await open_fast(":memory:", options{}.statements_max(count));
            for (int round = 0; round < 3; ++round) {
                for (int number = 0; number < 5; ++number) {
                    const auto got =
                        co_await db.query_one<int>("select " + std::to_string(number) + " + ?", 1);
                    EXPECT_EQ(got, number + 1);
                }
            }
        });
    }
}

TEST_F(sqlite_options, say_how_many_rows_are_fetched_at_a_time) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:", options{}.batch_rows(0));
        auto rows = db.rows<int>("select 1 union all select 2 union all select 3");
        int sum = 0;
        for (auto each = co_await rows.next(); each; each = co_await rows.next())
            sum += *each;
        EXPECT_EQ(sum, 6);
    });
}

}  // namespace
