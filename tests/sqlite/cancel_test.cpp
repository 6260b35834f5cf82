// SPDX-License-Identifier: MIT
// label: threads

// Cancelling each operation at each point: the connection works on, and no transaction stays open.

#include "database_suite.hpp"

#include <patio/testing/cancel_everywhere.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::sql::executor;
using patio::sqlite::connection;
using patio::testing::probe;

class cancelled : public database_suite {
protected:
    /// Cancels what `operation` makes from a connection, then proves that the connection is as good
    /// as before, and that nobody is kept from writing.
    template <class Operation>
    void everywhere(Operation operation) {
        const std::string path = path_;
        const std::size_t runs = patio::testing::cancel_everywhere([&](probe& marked) -> async<> {
            std::filesystem::remove(path);
            connection db = co_await open_fast(path);
            connection other =
                co_await open_fast(path, patio::sqlite::options{}.busy_timeout(patio::duration{}));
            co_await db.execute("create table t (v)");
            co_await db.execute("insert into t values (0)");
            auto victim = marked.cancelled(operation(db));
            co_await std::move(victim);
            const auto one = co_await db.query_one<int>("select 1");
            EXPECT_EQ(one, 1);
            // A write elsewhere shows that no lock was left, of reading or of writing.
            co_await other.execute("insert into t values (-1)");
            const auto works = [](auto& tx) -> async<> {
                co_await tx.execute("insert into t values (-2)");
            };
            co_await db.transaction(works);
            const int count = co_await count_of(other);
            const bool is_whole = count == 3 || count == 5;
            EXPECT_TRUE(is_whole) << count << " rows: half of it has happened";
            co_await db.close();
            co_await other.close();
        });
        EXPECT_GT(runs, 2U);
    }
};

TEST_F(cancelled, statements_happen_or_do_not) {
    everywhere([](executor& db) -> async<> {
        co_await db.execute("insert into t values (?), (?)", 1, 2);
    });
}

TEST_F(cancelled, queries_leave_no_lock) {
    everywhere([](executor& db) -> async<> {
        const auto all = co_await db.query<int>("select v from t");
        EXPECT_EQ(all.size(), 1U);
    });
}

TEST_F(cancelled, batches_happen_as_a_whole) {
    everywhere([](executor& db) -> async<> {
        std::vector<std::tuple<int>> values{std::tuple{1}, std::tuple{2}};
        co_await db.execute_many("insert into t values (?)", std::move(values));
    });
}

TEST_F(cancelled, scripts_leave_no_transaction) {
    everywhere([](executor& db) -> async<> {
        co_await db.execute_script(
            "begin; insert into t values (1); insert into t values (2); commit;");
    });
}

TEST_F(cancelled, results_leave_no_lock) {
    everywhere([](executor& db) -> async<> {
        auto rows = db.rows<int>(
            "with recursive n(i) as (select 1 union all select i + 1 from n) "
            "select i from n cross join t limit 1000");
        for (auto each = co_await rows.next(); each; each = co_await rows.next()) {}
    });
}

TEST_F(cancelled, results_that_are_left_early_leave_no_lock) {
    everywhere([](executor& db) -> async<> {
        auto rows = db.rows<int>(
            "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n cross "
            "join t");
        for (int i = 0; i < 300; ++i)
            static_cast<void>(co_await rows.next());
    });
}

TEST_F(cancelled, transactions_happen_as_a_whole) {
    everywhere([](executor& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into t values (1)");
            co_await patio::sleep(1s);
            co_await tx.execute("insert into t values (2)");
        };
        co_await db.transaction(body, patio::sql::transaction_options{}.immediate());
    });
}

TEST_F(cancelled, savepoints_happen_as_a_whole) {
    everywhere([](executor& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into t values (1)");
            const auto inner = [](auto& deeper) -> async<> {
                co_await deeper.execute("insert into t values (2)");
                co_await patio::sleep(1s);
            };
            co_await tx.transaction(inner);
        };
        co_await db.transaction(body);
    });
}

TEST_F(cancelled, results_inside_of_transactions_do_not_keep_them_open) {
    everywhere([](executor& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into t values (1), (2)");
            auto rows = tx.template rows<int>(
                "with recursive n(i) as (select 1 union all select i + 1 from n) "
                "select i from n cross join t limit 1000");
            for (auto each = co_await rows.next(); each; each = co_await rows.next()) {}
        };
        co_await db.transaction(body);
    });
}

TEST_F(cancelled, backups_leave_the_source_and_the_target_whole) {
    const std::string target = scratch_ / "backup.db";
    everywhere([&](executor& db) -> async<> {
        co_await static_cast<connection&>(db).backup_to(target);
        connection copy = co_await open_fast(target);
        const int count = co_await count_of(copy);
        EXPECT_EQ(count, 1);
    });
}

TEST_F(cancelled, opening_leaves_nothing_open) {
    const std::size_t runs = patio::testing::cancel_everywhere([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table if not exists t (v)");
    });
    EXPECT_GT(runs, 2U);
}

TEST_F(cancelled, closing_closes_or_does_not) {
    const std::size_t runs = patio::testing::cancel_everywhere([&](probe& marked) -> async<> {
        connection db = co_await open_fast(path_);
        auto victim = marked.cancelled(db.close());
        co_await std::move(victim);
        if (db.is_closed()) co_return;
        const auto one = co_await db.query_one<int>("select 1");
        EXPECT_EQ(one, 1);
    });
    EXPECT_GT(runs, 2U);
}

TEST_F(cancelled, statements_that_run_are_interrupted_and_undone) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        co_await db.execute("pragma cache_size = 10");
        const auto fill = [&]() -> async<> { co_await db.execute(endless_insert); };
        co_await patio::race(fill(), until_it_grows(path_));
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(cancelled, statements_that_wait_for_their_turn_never_run) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        const auto insert = [&]() -> async<> { co_await db.execute("insert into t values (1)"); };
        const auto body = [&](auto&) -> async<> {
            auto waiting = patio::create_task(insert());
            co_await patio::sleep(1h);
            waiting.cancel();
        };
        co_await db.transaction(body);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(cancelled, waits_for_a_lock_end_at_once) {
    run([&]() -> async<> {
        connection db = co_await open_fast(
            path_, patio::sqlite::options{}.busy_timeout(patio::duration::forever()));
        connection other = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        const auto hold = [&](auto&) -> async<> {
            const auto insert = [&]() -> async<> {
                co_await db.execute("insert into t values (1)");
            };
            co_await patio::race(insert(), for_a_moment());
        };
        co_await other.transaction(hold, patio::sql::transaction_options{}.immediate());
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

}  // namespace
