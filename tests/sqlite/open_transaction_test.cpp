// SPDX-License-Identifier: MIT
// label: threads

#include <patio/sql/open_transaction.hpp>

#include "database_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::sql::transaction_options;
using patio::sqlite::connection;

class sql_transaction : public database_suite {
protected:
    template <class Main>
    void run_with_table(Main main) {
        run([&]() -> async<> {
            connection db = co_await open_fast(path_);
            co_await db.execute("create table t (v)");
            auto work = main(db);
            co_await std::move(work);
        });
    }
};

async<> insert(patio::sql::executor& into, int value) {
    co_await into.execute("insert into t values (?)", value);
}

TEST_F(sql_transaction, happens_as_a_whole_and_returns_what_its_body_does) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<std::string> {
            co_await insert(tx, 1);
            co_await insert(tx, 2);
            const int inside = co_await count_of(tx);
            EXPECT_EQ(inside, 2);
            EXPECT_EQ(tx.depth(), 1U);
            co_return "done";
        };
        const std::string result = co_await db.transaction(body);
        EXPECT_EQ(result, "done");
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 2);
    });
}

TEST_F(sql_transaction, has_not_happened_if_its_body_throws) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            throw std::runtime_error{"no"};
        };
        const std::string failure = co_await failure_of(db.transaction(body));
        EXPECT_EQ(failure, "no");
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(sql_transaction, has_not_happened_if_it_is_cancelled) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            co_await patio::sleep(1h);
        };
        auto limited = patio::move_on_after(1min, db.transaction(body));
        const bool is_done = co_await std::move(limited);
        EXPECT_FALSE(is_done);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(sql_transaction, keeps_others_waiting_until_its_end) {
    run_with_table([](connection& db) -> async<> {
        std::vector<int> seen;
        const auto transact = [&]() -> async<> {
            const auto body = [](auto& tx) -> async<> {
                co_await insert(tx, 1);
                co_await patio::sleep(1min);
                co_await insert(tx, 2);
            };
            co_await db.transaction(body);
        };
        const auto look = [&]() -> async<> {
            co_await patio::sleep(1s);
            const int count = co_await count_of(db);
            seen.push_back(count);
        };
        co_await patio::gather(transact(), look(), look());
        EXPECT_EQ(seen, (std::vector<int>{2, 2}));
    });
}

TEST_F(sql_transaction, of_many_tasks_come_one_after_another) {
    run_with_table([](connection& db) -> async<> {
        co_await insert(db, 0);
        const auto add_one = [&]() -> async<> {
            const auto body = [](auto& tx) -> async<> {
                const auto value = co_await tx.template query_one<int>("select v from t");
                co_await patio::sleep(1ms);
                co_await tx.execute("update t set v = ?", value.value() + 1);
            };
            co_await db.transaction(body);
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int i = 0; i < 50; ++i)
                group.spawn(add_one);
            co_return;
        });
        const auto value = co_await db.query_one<int>("select v from t");
        EXPECT_EQ(value, 50);
    });
}

TEST_F(sql_transaction, refuses_a_body_that_asks_the_connection) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [&](auto&) -> async<> { co_await db.execute("select 1"); };
        const std::string failure = co_await failure_of(db.transaction(body));
        EXPECT_NE(failure.find("ask the transaction itself"), std::string::npos) << failure;
        const auto nested = [&](auto&) -> async<> {
            const auto inner = [](auto&) -> async<> { co_return; };
            co_await db.transaction(inner);
        };
        const std::string same = co_await failure_of(db.transaction(nested));
        EXPECT_EQ(same, failure);
    });
}

TEST_F(sql_transaction, refuses_statements_after_its_end) {
    run_with_table([](connection& db) -> async<> {
        patio::any_task left;
        const auto late = [](patio::sql::open_transaction* tx) -> async<> {
            // What it refers to is gone by then; the operation was made before.
            auto inserting = tx->execute("insert into t values (1)");
            co_await patio::sleep(1h);
            const auto wait = [](async<patio::sql::executed> running) -> async<> {
                static_cast<void>(co_await std::move(running));
            };
            const std::string failure = co_await failure_of(wait(std::move(inserting)));
            EXPECT_NE(failure.find("transaction that has ended"), std::string::npos) << failure;
        };
        const auto body = [&](patio::sql::open_transaction& tx) -> async<> {
            left = patio::create_task(late(&tx));
            co_await patio::sleep(1min);
        };
        co_await db.transaction(body);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
        co_await patio::sleep(2h);
    });
}

TEST_F(sql_transaction, may_be_used_by_tasks_that_its_body_awaits) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await patio::gather(insert(tx, 1), insert(tx, 2), insert(tx, 3));
        };
        co_await db.transaction(body);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 3);
    });
}

TEST_F(sql_transaction, begins_with_its_lock_if_it_shall) {
    run([&]() -> async<> {
        connection db = co_await open_fast(path_);
        connection other =
            co_await open_fast(path_, patio::sqlite::options{}.busy_timeout(patio::duration{}));
        co_await db.execute("create table t (v)");
        const auto write = [&](auto&) -> async<> {
            const bool is_locked =
                co_await fails_with(other, "insert into t values (1)", patio::sql::errc::busy);
            EXPECT_TRUE(is_locked);
        };
        co_await db.transaction(write, transaction_options{}.immediate());
        const auto read = [&](auto&) -> async<> { co_await insert(other, 1); };
        co_await db.transaction(read);
        const auto exclude = [&](auto&) -> async<> {
            const bool is_locked =
                co_await fails_with(other, "select * from t", patio::sql::errc::busy);
            EXPECT_TRUE(is_locked);
        };
        co_await db.transaction(
            exclude, transaction_options{}.mode(patio::sql::transaction_mode::exclusive));
    });
}

TEST_F(sql_transaction, whose_commit_is_refused_has_not_happened) {
    run_with_table([](connection& db) -> async<> {
        co_await db.execute_script(
            "create table a (id integer primary key);"
            "create table b (a references a deferrable initially deferred)");
        const auto body = [](auto& tx) -> async<> {
            co_await tx.execute("insert into b values (1)");
        };
        const bool is_refused =
            co_await fails_with(db.transaction(body), patio::sql::errc::foreign_key_violation);
        EXPECT_TRUE(is_refused);
        const int count = co_await count_of(db, "b");
        EXPECT_EQ(count, 0);
    });
}

// --- savepoints

TEST_F(sql_transaction, may_be_nested_and_the_inner_one_undone) {
    run_with_table([](connection& db) -> async<> {
        const auto outer = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            const auto fails = [](auto& inner) -> async<> {
                EXPECT_EQ(inner.depth(), 2U);
                co_await insert(inner, 2);
                throw std::runtime_error{"no"};
            };
            const std::string failure = co_await failure_of(tx.transaction(fails));
            EXPECT_EQ(failure, "no");
            const auto works = [](auto& inner) -> async<> {
                co_await insert(inner, 3);
                const auto deeper = [](auto& innermost) -> async<> {
                    co_await insert(innermost, 4);
                };
                co_await inner.transaction(deeper);
            };
            co_await tx.transaction(works);
        };
        co_await db.transaction(outer);
        const auto all = co_await db.query<int>("select v from t order by v");
        EXPECT_EQ(all, (std::vector<int>{1, 3, 4}));
    });
}

TEST_F(sql_transaction, undoes_the_inner_ones_that_went_well_if_it_fails) {
    run_with_table([](connection& db) -> async<> {
        const auto outer = [](auto& tx) -> async<> {
            const auto works = [](auto& inner) -> async<> { co_await insert(inner, 1); };
            co_await tx.transaction(works);
            throw std::runtime_error{"no"};
        };
        const std::string failure = co_await failure_of(db.transaction(outer));
        EXPECT_EQ(failure, "no");
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(sql_transaction, undoes_an_inner_one_that_was_cancelled_and_goes_on) {
    run_with_table([](connection& db) -> async<> {
        const auto outer = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            const auto slow = [](auto& inner) -> async<> {
                co_await insert(inner, 2);
                co_await patio::sleep(1h);
            };
            auto limited = patio::move_on_after(1min, tx.transaction(slow));
            const bool is_done = co_await std::move(limited);
            EXPECT_FALSE(is_done);
            co_await insert(tx, 3);
        };
        co_await db.transaction(outer);
        const auto all = co_await db.query<int>("select v from t order by v");
        EXPECT_EQ(all, (std::vector<int>{1, 3}));
    });
}

TEST_F(sql_transaction, left_behind_inside_another_one_touches_nothing_of_the_next) {
    run_with_table([](connection& db) -> async<> {
        patio::any_task left;
        const auto outer = [&](auto& tx) -> async<> {
            co_await insert(tx, 1);
            const auto inner = [](auto& innermost) -> async<> {
                co_await insert(innermost, 2);
                co_await patio::sleep(1h);
                co_await insert(innermost, 3);
            };
            const auto nested = [](async<> transaction) -> async<> {
                const std::string failure = co_await failure_of(std::move(transaction));
                EXPECT_NE(failure.find("has ended"), std::string::npos) << failure;
            };
            left = patio::create_task(nested(tx.transaction(inner)));
            co_await patio::sleep(1min);
            throw std::runtime_error{"no"};
        };
        const std::string failure = co_await failure_of(db.transaction(outer));
        EXPECT_EQ(failure, "no");
        const auto next = [](auto& tx) -> async<> {
            const auto savepoint = [](auto& inner) -> async<> {
                co_await insert(inner, 10);
                co_await patio::sleep(3h);
                co_await insert(inner, 11);
            };
            co_await tx.transaction(savepoint);
        };
        co_await db.transaction(next);
        const auto all = co_await db.query<int>("select v from t order by v");
        EXPECT_EQ(all, (std::vector<int>{10, 11}));
    });
}

// --- transactions that SQLite ends

TEST_F(sql_transaction, that_a_statement_of_its_own_ends_is_over) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            co_await tx.execute("rollback");
            co_await insert(tx, 2);
        };
        const bool is_over =
            co_await fails_with(db.transaction(body), patio::sql::errc::transaction_over);
        EXPECT_TRUE(is_over);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(sql_transaction, in_which_a_statement_that_writes_was_interrupted_is_over) {
    run_with_table([this](connection& db) -> async<> {
        co_await db.execute("pragma cache_size = 10");
        const auto body = [this](auto& tx) -> async<> {
            co_await insert(tx, 1);
            const auto fill = [&]() -> async<> { co_await tx.execute(endless_insert); };
            co_await patio::race(fill(), until_it_grows(path_));
            co_await insert(tx, 2);
        };
        const bool is_over =
            co_await fails_with(db.transaction(body), patio::sql::errc::transaction_over);
        EXPECT_TRUE(is_over);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 0);
    });
}

TEST_F(sql_transaction, in_which_a_query_was_interrupted_goes_on) {
    run_with_table([](connection& db) -> async<> {
        const auto body = [](auto& tx) -> async<> {
            co_await insert(tx, 1);
            const auto ask = [&]() -> async<> {
                static_cast<void>(co_await tx.template query_one<int>(endless));
            };
            co_await patio::race(ask(), for_a_moment());
            co_await insert(tx, 2);
        };
        co_await db.transaction(body);
        const int count = co_await count_of(db);
        EXPECT_EQ(count, 2);
    });
}

}  // namespace
