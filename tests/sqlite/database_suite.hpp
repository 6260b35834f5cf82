// SPDX-License-Identifier: MIT
#pragma once

// What tests of SQLite share.

#include "support/descriptors.hpp"
#include "support/scratch.hpp"

#include <patio/sqlite/sqlite.hpp>
#include <patio/testing/run.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace patio::test_support {

/// What an operation failed with; "" if it did not.
inline async<std::string> failure_of(async<> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& failure) {
        co_return failure.what();
    }
    co_return "";
}

/// Opens a database whose writes need not reach the disk.
inline async<sqlite::connection> open_fast(std::string path, sqlite::options how = {}) {
    how.sync(sqlite::synchronous::off);
    auto opening = sqlite::open(std::move(path), how);
    sqlite::connection db = co_await std::move(opening);
    co_return db;
}

/// Runs SQL for its failure.
inline async<std::string> failure_of(sql::executor& db, std::string sql) {
    const auto run = [](sql::executor* on, std::string text) -> async<> {
        static_cast<void>(co_await on->execute(std::move(text)));
    };
    auto running = failure_of(run(&db, std::move(sql)));
    std::string failure = co_await std::move(running);
    co_return failure;
}

/// Whether an operation failed with an error that compares to `expected`.
template <class Code>
async<bool> fails_with(async<> operation, Code expected) {
    try {
        co_await std::move(operation);
    } catch (const patio::error& failure) {
        const bool is_expected = failure.code() == expected;
        EXPECT_TRUE(is_expected) << failure.what();
        co_return is_expected;
    }
    co_return false;
}
template <class Code>
async<bool> fails_with(sql::executor& db, std::string sql, Code expected) {
    const auto run = [](sql::executor* on, std::string text) -> async<> {
        static_cast<void>(co_await on->execute(std::move(text)));
    };
    auto running = fails_with(run(&db, std::move(sql)), expected);
    const bool has_failed = co_await std::move(running);
    co_return has_failed;
}

inline async<int> count_of(sql::executor& db, const char* table = "t") {
    auto asking = db.query_one<int>(std::string{"select count(*) from "} + table);
    const std::optional<int> count = co_await std::move(asking);
    co_return count.value_or(-1);
}

/// An endless statement, which only an interrupt ends.
inline constexpr const char* endless =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

/// Writes without end.
inline constexpr const char* endless_insert =
    "insert into t with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";

/// Yields until the file has grown over a megabyte: a statement writes, and more than fits in the
/// cache.
inline async<> until_it_grows(std::string path) {
    while (std::filesystem::file_size(path) < 1'000'000)
        co_await patio::yield();
}

/// Yields for so long that a thread has begun what it was given. Virtual time stands still while
/// one works, so this is the real one.
inline async<> for_a_moment() {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds{20})
        co_await patio::yield();
}

/// Tests in virtual time, with a directory and without descriptors that stay open.
class database_suite : public ::testing::Test {
protected:
    template <class Main>
    static void run(Main main) {
        patio::testing::run(main);
    }

    no_descriptor_leak descriptors_;
    scratch_directory scratch_;
    const std::string path_ = scratch_ / "a.db";
};

}  // namespace patio::test_support
