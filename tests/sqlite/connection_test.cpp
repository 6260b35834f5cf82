// SPDX-License-Identifier: MIT
// label: threads

#include <patio/sqlite/connection.hpp>

#include "database_suite.hpp"

#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::sqlite::connection;

class sqlite_connection : public on_each_driver {
protected:
    template <class Main>
    void run(Main main) {
        patio::run(main(), options());
    }
    scratch_directory scratch_;
    const std::string path_ = scratch_ / "a.db";
};
PATIO_TEST_ON_EACH_DRIVER(sqlite_connection);

TEST_P(sqlite_connection, keeps_what_it_was_told_in_a_file) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (k integer primary key, v text)");
        const auto done = co_await db.execute("insert into t values (?, ?)", 7, "seven");
        EXPECT_EQ(done.changed_rows(), 1U);
        EXPECT_EQ(done.last_insert_id(), 7);
        co_await db.close();
        connection again = co_await open_fast(path_);
        const auto text = co_await again.query_one<std::string>("select v from t where k = ?", 7);
        EXPECT_EQ(text, "seven");
    });
}

TEST_P(sqlite_connection, serves_several_tasks_in_the_order_in_which_they_came) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:");
        co_await db.execute("create table t (v)");
        const auto insert = [&](int value) -> async<> {
            co_await db.execute("insert into t values (?)", value);
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int value = 0; value < 100; ++value)
                group.spawn(insert, value);
            co_return;
        });
        const auto all = co_await db.query<int>("select v from t order by rowid");
        EXPECT_EQ(all.size(), 100U);
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    });
}

TEST_P(sqlite_connection, does_not_keep_the_loop_waiting) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:");
        int turns = 0;
        const auto work = [&]() -> async<> {
            static_cast<void>(co_await db.query_one<int>(endless));
        };
        const auto count = [&]() -> async<> {
            for (; turns < 100; ++turns)
                co_await patio::yield();
        };
        co_await patio::race(work(), count());
        EXPECT_EQ(turns, 100);
    });
}

TEST_P(sqlite_connection, interrupts_a_statement_whose_time_is_over) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:");
        auto limited = patio::move_on_after(20ms, db.query_one<int>(endless));
        const auto result = co_await std::move(limited);
        EXPECT_FALSE(result.has_value());
        const auto one = co_await db.query_one<int>("select 1");
        EXPECT_EQ(one, 1) << "the connection is as good as before";
    });
}

TEST_P(sqlite_connection, is_dropped_without_a_word_while_the_program_goes_on) {
    run([&]() -> async<> {
        for (int i = 0; i < 5; ++i) {
            connection db = co_await open_fast(path_);
            co_await db.execute("create table if not exists t (v)");
        }
    });
    EXPECT_GT(scratch_directory::content_of(path_).size(), 0U);
}

TEST_P(sqlite_connection, may_outlive_its_loop) {
    std::optional<connection> kept;
    run([&]() -> async<> { kept = co_await open_fast(path_); });
    EXPECT_FALSE(kept->is_closed());
    kept.reset();
}

// --- the end

class closed_connection : public database_suite {};

TEST_F(closed_connection, refuses_everything_and_may_be_closed_again) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        EXPECT_EQ(db.path(), path_);
        co_await db.close();
        co_await db.close();
        EXPECT_TRUE(db.is_closed());
        EXPECT_EQ(db.path(), "");
        const bool is_refused = co_await fails_with(db, "select 1", patio::errc::closed);
        EXPECT_TRUE(is_refused);
        const bool is_refused_too = co_await fails_with(db.backup_to("x"), patio::errc::closed);
        EXPECT_TRUE(is_refused_too);
    });
}

TEST_F(closed_connection, is_what_a_new_and_a_moved_from_one_are) {
    run([&]() -> async<> {
        connection none;
        EXPECT_TRUE(none.is_closed());
        co_await none.close();
        const auto use = [&]() -> async<> { co_await none.execute("select 1"); };
        const bool is_refused = co_await fails_with(use(), patio::errc::closed);
        EXPECT_TRUE(is_refused);
        connection db = co_await open_fast(path_);
        none = std::move(db);
        EXPECT_FALSE(none.is_closed());
        const auto one = co_await none.query_one<int>("select 1");
        EXPECT_EQ(one, 1);
    });
}

TEST_F(closed_connection, ends_what_was_begun_before_it) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        co_await db.execute("create table t (v)");
        const auto insert = [&]() -> async<> { co_await db.execute("insert into t values (1)"); };
        const auto transact = [&]() -> async<> {
            const auto body = [](auto& tx) -> async<> {
                co_await tx.execute("insert into t values (2)");
                co_await patio::sleep(1h);
                co_await tx.execute("insert into t values (3)");
            };
            co_await db.transaction(body);
        };
        const auto close = [&]() -> async<> { co_await db.close(); };
        co_await patio::gather(insert(), transact(), close(), close());
        connection again = co_await open_fast(path_);
        const int count = co_await count_of(again);
        EXPECT_EQ(count, 3);
    });
}

TEST_F(closed_connection, ends_a_result_that_is_half_read) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        auto numbers = db.rows<int>(
            "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n");
        for (int i = 1; i <= 300; ++i) {
            const auto number = co_await numbers.next();
            EXPECT_EQ(number, i);
        }
        co_await db.close();
        const auto read_on = [&]() -> async<> {
            for (auto each = co_await numbers.next(); each; each = co_await numbers.next()) {}
        };
        const bool is_refused = co_await fails_with(read_on(), patio::errc::closed);
        EXPECT_TRUE(is_refused);
    });
}

class dying_connection : public database_suite {};

TEST_F(dying_connection, lets_a_statement_that_runs_come_to_its_end_and_refuses_those_that_wait) {
    run([&]() -> async<> {
        std::optional<connection> db = co_await open_fast(path_);
        co_await db->execute("create table t (v)");
        auto running = patio::create_task(db->execute("insert into t values (1)"));
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into t values (2)");
            co_await patio::sleep(1h);
            co_await tx.execute("insert into t values (3)");
        };
        const auto transact = [](async<> transaction) -> async<> {
            const bool is_closed = co_await fails_with(std::move(transaction), patio::errc::closed);
            EXPECT_TRUE(is_closed) << "a statement of the transaction";
        };
        auto second = patio::create_task(transact(db->transaction(body)));
        co_await patio::sleep(1min);  // the transaction is open
        const auto wait = [](async<> waiting) -> async<> {
            const bool is_closed = co_await fails_with(std::move(waiting), patio::errc::closed);
            EXPECT_TRUE(is_closed) << "a statement that waits";
        };
        const auto insert = [](patio::async<patio::sql::executed> inserting) -> async<> {
            static_cast<void>(co_await std::move(inserting));
        };
        auto third = patio::create_task(wait(insert(db->execute("insert into t values (4)"))));
        co_await patio::sleep(1min);
        db.reset();
        const auto done = co_await running;
        EXPECT_EQ(done.changed_rows(), 1U);
        co_await second;
        co_await third;
        connection again = co_await open_fast(path_);
        const int count = co_await count_of(again);
        EXPECT_EQ(count, 1) << "the transaction was rolled back";
    });
}

TEST_F(dying_connection, takes_a_result_that_is_half_read_along) {
    run([&]() -> async<> {
        std::optional<connection> db = co_await open_fast(path_);
        auto numbers = db->rows<int>(
            "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n");
        static_cast<void>(co_await numbers.next());
        db.reset();
        const auto read_on = [&]() -> async<> {
            for (auto each = co_await numbers.next(); each; each = co_await numbers.next()) {}
        };
        const bool is_closed = co_await fails_with(read_on(), patio::errc::closed);
        EXPECT_TRUE(is_closed);
    });
}

// --- opening and copying

class opening : public database_suite {};

TEST_F(opening, says_what_is_wrong_with_the_path) {
    run([&]() -> async<> {
        const auto open = [](std::string path, patio::sqlite::options how) -> async<> {
            const connection db = co_await open_fast(std::move(path), how);
        };
        const std::string missing = scratch_ / "none/a.db";
        const std::string failure = co_await failure_of(open(missing, {}));
        EXPECT_EQ(failure, "opening database '" + missing + "': unable to open database file");
        const bool cannot = co_await fails_with(open(missing, {}), patio::sql::errc::cannot_open);
        EXPECT_TRUE(cannot);
        const auto existing = patio::sqlite::options{}.mode(patio::sqlite::open_mode::read_write);
        const bool is_missing =
            co_await fails_with(open(path_, existing), patio::sql::errc::cannot_open);
        EXPECT_TRUE(is_missing);
        const bool is_malformed =
            co_await fails_with(open(std::string("a\0b", 3), {}), patio::errc::malformed);
        EXPECT_TRUE(is_malformed);
        EXPECT_EQ(scratch_.count(), 0U);
    });
}

TEST_F(opening, finds_out_at_once_that_a_file_is_no_database) {
    const std::string path = scratch_.make("text", std::string(5000, 'x'));
    run([&]() -> async<> {
        const auto open = [&]() -> async<> { const connection db = co_await open_fast(path); };
        const std::string failure = co_await failure_of(open());
        EXPECT_NE(failure.find("file is not a database"), std::string::npos) << failure;
        EXPECT_NE(failure.find(path), std::string::npos) << failure;
        const bool is_corrupt = co_await fails_with(open(), patio::sql::errc::corrupt);
        EXPECT_TRUE(is_corrupt);
    });
}

TEST_F(opening, takes_no_uri_for_a_path) {
    run([&]() -> async<> {
        const std::string path = scratch_ / "a?mode=ro";
        connection db = co_await open_fast(path);
        co_await db.execute("create table t (v)");
        EXPECT_EQ(scratch_.count(), 1U);
    });
}

TEST_F(opening, gives_each_one_in_memory_a_database_of_its_own) {
    run([&]() -> async<> {
        connection one = co_await open_fast(":memory:");
        connection other = co_await open_fast(":memory:");
        co_await one.execute("create table t (v)");
        const bool is_missing =
            co_await fails_with(other, "select * from t", patio::sql::errc::bad_statement);
        EXPECT_TRUE(is_missing);
    });
}

class backup : public database_suite {};

TEST_F(backup, is_a_copy_that_can_be_opened) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:");
        co_await db.execute("create table t (v)");
        std::vector<std::tuple<std::string>> many(1000, std::tuple{std::string(1000, 'x')});
        co_await db.execute_many("insert into t values (?)", many);
        co_await db.backup_to(path_);
        connection copy = co_await open_fast(path_);
        const int count = co_await count_of(copy);
        EXPECT_EQ(count, 1000);
    });
}

TEST_F(backup, replaces_what_was_there) {
    run([&]() -> async<> {
        connection old = co_await open_fast(path_);
        co_await old.execute("create table old (v)");
        co_await old.close();
        connection db = co_await open_fast(":memory:");
        co_await db.execute("create table t (v)");
        co_await db.backup_to(path_);
        connection copy = co_await open_fast(path_);
        const int count = co_await count_of(copy);
        EXPECT_EQ(count, 0);
        const bool is_gone =
            co_await fails_with(copy, "select * from old", patio::sql::errc::bad_statement);
        EXPECT_TRUE(is_gone);
    });
}

TEST_F(backup, names_the_target_that_cannot_be_written) {
    run([&]() -> async<> {
        connection db = co_await open_fast(":memory:");
        const std::string target = scratch_ / "none/b.db";
        const std::string failure = co_await failure_of(db.backup_to(target));
        EXPECT_EQ(failure, "backing up to '" + target + "': unable to open database file");
    });
}

}  // namespace
