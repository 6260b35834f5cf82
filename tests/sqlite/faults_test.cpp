// SPDX-License-Identifier: MIT
// label: threads

// What goes wrong around a database: locks, a full disk, damaged files.

#include "database_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include <sqlite3.h>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::sql::errc;
using patio::sqlite::connection;
using patio::sqlite::options;

class database : public database_suite {};

const patio::sql::transaction_options immediate = patio::sql::transaction_options{}.immediate();

TEST_F(database, that_somebody_has_locked_is_busy) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_, options{}.busy_timeout(3ms));
        connection other = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        const auto hold = [&](auto&) -> async<> {
            const auto insert = [&]() -> async<> {
                try {
                    co_await db.execute("insert into t values (1)");
                    ADD_FAILURE() << "no exception";
                } catch (const patio::sqlite::error& error) {
                    EXPECT_EQ(error.code(), errc::busy);
                    EXPECT_EQ(error.primary_code(), SQLITE_BUSY);
                    // On a busy machine it is more than 3 ms, and says so.
                    const std::string said = error.what();
                    const std::string begin =
                        "executing 'insert into t values (1)': database is locked, after ";
                    EXPECT_EQ(said.substr(0, begin.size()), begin);
                    EXPECT_NE(said.find(" ms (busy_timeout)"), std::string::npos) << said;
                }
            };
            co_await insert();
        };
        co_await other.transaction(hold, immediate);
        co_await db.execute("insert into t values (1)");
    });
}

TEST_F(database, that_somebody_has_locked_is_waited_for) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_, options{}.busy_timeout(1h));
        connection other = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        const auto insert = [&]() -> async<> { co_await db.execute("insert into t values (1)"); };
        patio::task<> inserting;
        const auto hold = [&](auto&) -> async<> {
            inserting = patio::create_task(insert());
            co_await for_a_moment();
            EXPECT_FALSE(inserting.done());
        };
        co_await other.transaction(hold, immediate);
        co_await inserting;
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 1);
    });
}

TEST_F(database,
       of_which_a_stale_part_was_read_is_busy_at_once_and_the_transaction_may_be_repeated) {
    run([&]() -> async<> {
        const options wal = options{}.journal(patio::sqlite::journal_mode::wal).busy_timeout(1h);
        connection db = co_await open_fast(path_, wal);
        connection other = co_await open_fast(path_, wal);
        co_await db.execute("create table t (v)");
        const auto read_then_write = [&](auto& tx) -> async<> {
            static_cast<void>(co_await count_of(tx));
            co_await other.execute("insert into t values (1)");
            co_await tx.execute("insert into t values (2)");
        };
        const bool is_busy = co_await fails_with(db.transaction(read_then_write), errc::busy);
        EXPECT_TRUE(is_busy);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 1);
    });
}

TEST_F(database, that_is_full_says_so_and_loses_nothing) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        co_await db.execute("insert into t values ('kept')");
        co_await db.execute("pragma max_page_count = 20");
        const auto fill = [&]() -> async<> {
            for (int i = 0; i < 1000; ++i)
                co_await db.execute("insert into t values (?)", std::string(3000, 'x'));
        };
        const std::string failure = co_await failure_of(fill());
        EXPECT_EQ(failure, "executing 'insert into t values (?)': database or disk is full");
        const bool is_full = co_await fails_with(fill(), errc::full);
        EXPECT_TRUE(is_full);
        const int before = co_await count_of(db);
        EXPECT_GT(before, 5);
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into t values (1)");
            co_await tx.execute("insert into t values (?)", std::string(300'000, 'x'));
        };
        const bool is_full_too = co_await fails_with(db.transaction(body), errc::full);
        EXPECT_TRUE(is_full_too);
        const int after = co_await count_of(db);
        EXPECT_EQ(after, before);
        const auto whole = co_await db.query_one<std::string>("pragma integrity_check");
        EXPECT_EQ(whole, "ok");
        co_await db.execute("delete from t where length(v) > 100");
        co_await db.execute("insert into t values (2)");
    });
}

TEST_F(database, that_is_full_refuses_batches_as_a_whole) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        co_await db.execute("pragma max_page_count = 20");
        std::vector<std::tuple<std::string>> many(100, std::tuple{std::string(3000, 'x')});
        const auto fill = [&]() -> async<> {
            co_await db.execute_many("insert into t values (?)", many);
        };
        const bool is_full = co_await fails_with(fill(), errc::full);
        EXPECT_TRUE(is_full);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(database, that_is_damaged_says_so) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        std::vector<std::tuple<std::string>> many(100, std::tuple{std::string(3000, 'x')});
        co_await db.execute_many("insert into t values (?)", many);
        co_await db.close();
        {
            std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
            file.seekp(4096);
            const std::string garbage(100'000, '\x5a');
            file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
        }
        connection again = co_await open_fast(path_);
        const bool is_corrupt =
            co_await fails_with(again, "select sum(length(v)) from t", errc::corrupt);
        EXPECT_TRUE(is_corrupt);
    });
}

TEST_F(database, that_may_only_be_read_says_so) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        connection reader =
            co_await open_fast(path_, options{}.mode(patio::sqlite::open_mode::read_only));
        const bool is_refused =
            co_await fails_with(reader, "insert into t values (1)", errc::read_only);
        EXPECT_TRUE(is_refused);
        const int count = co_await count_of(reader);
        EXPECT_EQ(count, 0);
    });
}

}  // namespace
