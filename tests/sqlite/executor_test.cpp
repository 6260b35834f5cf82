// SPDX-License-Identifier: MIT
// label: threads

#include <patio/sql/executor.hpp>

#include "database_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::sql::errc;
using patio::sql::executor;
using patio::sql::row;
using patio::sqlite::connection;

struct user {
    std::int64_t id = 0;
    std::string name;
    std::optional<int> age;
};

/// Tests that begin with a table of three users.
class sql_executor : public database_suite {
protected:
    template <class Main>
    static void run_with_users(Main main) {
        run([&]() -> async<> {
            connection db = co_await open_fast(":memory:");
            co_await db.execute_script(
                "create table users (id integer primary key, name text not null unique, age);"
                "insert into users values (1, 'Ada', 36), (2, 'Bob', null), (3, 'Eve', 20)");
            auto work = main(db);
            co_await std::move(work);
        });
    }
};

TEST_F(sql_executor, gives_rows_as_structs_tuples_single_values_and_themselves) {
    run_with_users([](connection& db) -> async<> {
        const auto users = co_await db.query<user>("select id, name, age from users order by id");
        EXPECT_EQ(users.size(), 3U);
        EXPECT_EQ(users[0].name, "Ada");
        EXPECT_EQ(users[1].age, std::nullopt);
        const auto pairs = co_await db.query<std::tuple<std::string, int>>(
            "select name, age from users where age > ? order by id", 18);
        EXPECT_EQ(pairs.size(), 2U);
        EXPECT_EQ(pairs[1], std::tuple(std::string{"Eve"}, 20));
        const auto names = co_await db.query<std::string>("select name from users order by id");
        EXPECT_EQ(names, (std::vector<std::string>{"Ada", "Bob", "Eve"}));
        const auto rows = co_await db.query("select * from users order by id");
        EXPECT_EQ(rows[2].get<std::string>("name"), "Eve");
        EXPECT_EQ(rows[1].get<std::optional<int>>("age"), std::nullopt);
    });
}

TEST_F(sql_executor, gives_one_row_or_none) {
    run_with_users([](connection& db) -> async<> {
        const auto ada = co_await db.query_one<user>("select * from users where id = ?", 1);
        EXPECT_EQ(ada.value().name, "Ada");
        const auto nobody = co_await db.query_one<user>("select * from users where id = ?", 9);
        EXPECT_FALSE(nobody.has_value());
        const auto first = co_await db.query_one<int>("select id from users order by id");
        EXPECT_EQ(first, 1) << "further rows are not looked at";
        const auto null =
            co_await db.query_one<std::optional<int>>("select age from users where name = 'Bob'");
        EXPECT_TRUE(null.has_value() && !null->has_value());
    });
}

TEST_F(sql_executor, tells_how_many_rows_were_changed) {
    run_with_users([](connection& db) -> async<> {
        const auto two = co_await db.execute("update users set age = 1 where id < ?", 3);
        EXPECT_EQ(two.changed_rows(), 2U);
        const auto none = co_await db.execute("update users set age = 1 where id > 100");
        EXPECT_EQ(none.changed_rows(), 0U);
        const auto other = co_await db.execute("create table other (v)");
        EXPECT_EQ(other.changed_rows(), 0U);
        const auto all = co_await db.execute("delete from users");
        EXPECT_EQ(all.changed_rows(), 3U);
    });
}

TEST_F(sql_executor, gives_what_a_statement_that_writes_returns) {
    run_with_users([](connection& db) -> async<> {
        const auto id = co_await db.query_one<int>(
            "insert into users (name) values (?), (?) returning id", "Joe", "Kim");
        EXPECT_EQ(id, 4);
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 5) << "also of the rows that nobody has looked at";
    });
}

TEST_F(sql_executor, takes_places_with_numbers_as_other_databases_do) {
    run_with_users([](connection& db) -> async<> {
        const auto got =
            co_await db.query_one<std::tuple<int, int, int>>("select $2, $1, $2", 10, 20);
        EXPECT_EQ(got, std::tuple(20, 10, 20));
        const auto same = co_await db.query_one<std::tuple<int, int>>("select ?2, ?1", 10, 20);
        EXPECT_EQ(same, std::tuple(20, 10));
        const auto named = co_await db.query_one<std::tuple<int, int>>("select :a, @b", 10, 20);
        EXPECT_EQ(named, std::tuple(10, 20));
    });
}

TEST_F(sql_executor, refuses_another_number_of_values_than_there_are_places) {
    run_with_users([](connection& db) -> async<> {
        const auto few = [&]() -> async<> { co_await db.execute("select ?, ?", 1); };
        const std::string failure = co_await failure_of(few());
        EXPECT_EQ(failure, "binding parameters of 'select ?, ?': it has places for 2, but got 1");
        const auto many = [&]() -> async<> { co_await db.execute("select ?", 1, 2); };
        const bool is_refused = co_await fails_with(many(), errc::wrong_parameters);
        EXPECT_TRUE(is_refused);
        const auto gap = [&]() -> async<> { co_await db.execute("select $3", 1, 2); };
        const bool is_refused_too = co_await fails_with(gap(), errc::wrong_parameters);
        EXPECT_TRUE(is_refused_too);
    });
}

TEST_F(sql_executor, keeps_values_apart_from_the_statement) {
    run_with_users([](connection& db) -> async<> {
        const std::vector<std::string> attempts{"'; drop table users; --",
                                                "' or '1'='1",
                                                "\" or 1=1 --",
                                                "Ada' --",
                                                "\\'; --",
                                                "$1",
                                                "?",
                                                ";",
                                                "/*",
                                                std::string("Ada\0' or 1", 10)};
        for (const std::string& attempt : attempts) {
            const auto found =
                co_await db.query<int>("select id from users where name = ?", attempt);
            EXPECT_TRUE(found.empty()) << attempt;
            const auto echo = co_await db.query_one<std::string>("select ?", attempt);
            EXPECT_EQ(echo, attempt);
        }
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 3);
    });
}

TEST_F(sql_executor, runs_one_statement_at_a_time_but_scripts_run_several) {
    run_with_users([](connection& db) -> async<> {
        const std::string failure = co_await failure_of(db, "select 1; drop table users");
        EXPECT_EQ(failure,
                  "preparing 'select 1; drop table users': there is more than one statement: "
                  "execute_script runs several");
        const bool is_empty = co_await fails_with(db, "  -- nothing", errc::bad_statement);
        EXPECT_TRUE(is_empty);
        const bool has_zero =
            co_await fails_with(db, std::string("select 1\0 x", 11), errc::bad_statement);
        EXPECT_TRUE(has_zero);
        const auto one = co_await db.query_one<int>("select 1 ; -- and no more\n /* so */ ;");
        EXPECT_EQ(one, 1);
        co_await db.execute_script(" ;; -- a comment\n insert into users (name) values ('x;y') ;");
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 4);
    });
}

TEST_F(sql_executor, tells_where_a_script_has_failed) {
    run_with_users([](connection& db) -> async<> {
        const std::string script = "delete from users;\nselect nothing from users; delete from x";
        const auto run = [&]() -> async<> {
            try {
                co_await db.execute_script(script);
                ADD_FAILURE() << "no exception";
            } catch (const patio::sql::error& error) {
                EXPECT_EQ(error.offset(), script.find("nothing"));
                EXPECT_EQ(error.statement(), script);
                EXPECT_EQ(error.code(), errc::bad_statement);
            }
        };
        co_await run();
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 0) << "what stood before it has happened";
    });
}

TEST_F(sql_executor, does_many_of_one_kind_or_none) {
    run_with_users([](connection& db) -> async<> {
        std::vector<std::tuple<std::string, int>> good;
        for (int number = 0; number < 1000; ++number)
            good.emplace_back("user " + std::to_string(number), number);
        const auto done =
            co_await db.execute_many("insert into users (name, age) values (?, ?)", good);
        EXPECT_EQ(done.changed_rows(), 1000U);
        const auto bad = [&]() -> async<> {
            std::vector<std::tuple<std::string, int>> values;
            values.emplace_back("fine", 1);
            values.emplace_back("Ada", 2);
            co_await db.execute_many("insert into users (name, age) values (?, ?)", values);
        };
        const bool is_refused = co_await fails_with(bad(), errc::unique_violation);
        EXPECT_TRUE(is_refused);
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 1003);
    });
}

// --- results piece by piece

TEST_F(sql_executor, gives_long_results_piece_by_piece) {
    run_with_users([](connection& db) -> async<> {
        auto numbers = db.rows<int>(
            "with recursive n(i) as (select 1 union all select i + 1 from n) "
            "select i from n limit ?",
            1000);
        int expected = 0;
        while (auto number = co_await numbers.next()) {
            EXPECT_EQ(*number, ++expected);
            if (expected % 250 == 0) {
                const auto one = co_await db.query_one<int>("select 1");
                EXPECT_EQ(one, 1) << "others may ask in between";
            }
        }
        EXPECT_EQ(expected, 1000);
        auto none = db.rows("select 1 where false");
        const auto nothing = co_await none.next();
        EXPECT_FALSE(nothing.has_value());
    });
}

TEST_F(sql_executor, forgets_a_result_that_nobody_reads_to_its_end) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        connection other =
            co_await open_fast(path_, patio::sqlite::options{}.busy_timeout(patio::duration{}));
        co_await db.execute("create table t (v)");
        std::vector<std::tuple<int>> values(1000, std::tuple{1});
        co_await db.execute_many("insert into t values (?)", values);
        {
            auto rows = db.rows<int>("select v from t");
            static_cast<void>(co_await rows.next());
            const bool is_locked =
                co_await fails_with(other, "delete from t", patio::sql::errc::busy);
            EXPECT_TRUE(is_locked) << "the reader has its lock";
        }
        // On the thread of `db` this comes behind the dropping.
        static_cast<void>(co_await db.query_one<int>("select 1"));
        co_await patio::yield();
        static_cast<void>(co_await db.query_one<int>("select 1"));
        co_await other.execute("delete from t");
    });
}

TEST_F(sql_executor, makes_no_row_before_it_is_asked) {
    run_with_users([](connection& db) -> async<> {
        {
            auto rows = db.rows("this is no SQL");
            static_cast<void>(rows);
        }
        const auto read = [&]() -> async<> {
            auto rows = db.rows("this is no SQL");
            static_cast<void>(co_await rows.next());
        };
        const bool is_wrong = co_await fails_with(read(), errc::bad_statement);
        EXPECT_TRUE(is_wrong);
    });
}

// --- failures

TEST_F(sql_executor, says_which_column_is_not_what_it_should_be) {
    run_with_users([](connection& db) -> async<> {
        const auto ask = [&](std::string sql) -> async<> {
            static_cast<void>(co_await db.query<int>(std::move(sql)));
        };
        const std::string text = co_await failure_of(ask("select name from users"));
        EXPECT_EQ(text, "column 'name': wanted a 32-bit integer, found a text");
        const std::string null = co_await failure_of(ask("select age from users where id = 2"));
        EXPECT_EQ(null, "column 'age': wanted a 32-bit integer, found NULL");
        const std::string large = co_await failure_of(ask("select 3000000000 as big"));
        EXPECT_EQ(large, "column 'big': wanted a 32-bit integer, found the integer 3000000000");
        const std::string wide = co_await failure_of(ask("select 1 as a, 2 as b"));
        EXPECT_EQ(wide, "wanted a row of 1 column, found 2: 'a', 'b'");
    });
}

TEST_F(sql_executor, compares_what_the_database_refuses_to_reasons) {
    run_with_users([](connection& db) -> async<> {
        co_await db.execute_script(
            "create table notes (user integer references users, text text not null, "
            "stars integer check (stars < 6))");
        const bool unique =
            co_await fails_with(db, "insert into users values (1, 'x', 1)", errc::unique_violation);
        EXPECT_TRUE(unique);
        const bool foreign = co_await fails_with(db, "insert into notes values (9, 'x', 1)",
                                                 errc::foreign_key_violation);
        EXPECT_TRUE(foreign);
        const bool null = co_await fails_with(db, "insert into notes values (1, null, 1)",
                                              errc::not_null_violation);
        EXPECT_TRUE(null);
        const bool check =
            co_await fails_with(db, "insert into notes values (1, 'x', 7)", errc::check_violation);
        EXPECT_TRUE(check);
        const bool quoted = co_await fails_with(db, "select \"Ada\"", errc::bad_statement);
        EXPECT_TRUE(quoted) << "in double quotes stands a name";
    });
}

TEST_F(sql_executor, names_the_statement_and_the_place_but_no_values) {
    run_with_users([](connection& db) -> async<> {
        const auto wrong = [&]() -> async<> {
            try {
                co_await db.execute("select id frm users where name = ?", "secret");
                ADD_FAILURE() << "no exception";
            } catch (const patio::sqlite::error& error) {
                EXPECT_STREQ(error.what(),
                             "preparing 'select id frm users where name = ?': near \"users\": "
                             "syntax error");
                EXPECT_EQ(error.offset(), 14U);
                EXPECT_EQ(error.primary_code(), 1);
            }
        };
        co_await wrong();
        const auto twice = [&]() -> async<> {
            co_await db.execute("insert into users (name) values (?)", "Ada");
        };
        const std::string failure = co_await failure_of(twice());
        EXPECT_EQ(failure,
                  "executing 'insert into users (name) values (?)': UNIQUE constraint failed: "
                  "users.name");
    });
}

TEST_F(sql_executor, leaves_no_transaction_open_for_others) {
    run_with_users([](connection& db) -> async<> {
        const std::string failure = co_await failure_of(db, "begin");
        EXPECT_NE(failure.find("db.transaction"), std::string::npos) << failure;
        const auto half = [&]() -> async<> {
            co_await db.execute_script("begin; delete from users; nonsense");
        };
        const bool is_wrong = co_await fails_with(half(), errc::bad_statement);
        EXPECT_TRUE(is_wrong);
        co_await db.execute_script("begin; delete from users where id = 3; commit");
        const int count = co_await count_of(db, "users");
        EXPECT_EQ(count, 2);
    });
}

TEST_F(sql_executor, sees_columns_that_were_added_meanwhile) {
    run_with_users([](connection& db) -> async<> {
        const auto before = co_await db.query("select * from users");
        EXPECT_EQ(before[0].size(), 3U);
        co_await db.execute("alter table users add column mail text default 'none'");
        co_await db.execute("alter table users rename column age to years");
        const auto after = co_await db.query("select * from users");
        EXPECT_EQ(after[0].size(), 4U);
        EXPECT_EQ(after[0].get<std::string>("mail"), "none");
        EXPECT_EQ(after[0].get<int>("years"), 36);
    });
}

}  // namespace
