// SPDX-License-Identifier: MIT

// What SQLite costs through Patio, beside the library alone: reads by key, and inserts in one
// transaction. Prints microseconds for each row.

#include <patio/sqlite/sqlite.hpp>

#include <patio/patio.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <sqlite3.h>

namespace {

using patio::async;
using patio::sqlite::connection;

constexpr int reads = 20'000;
constexpr int inserts = 100'000;
constexpr int tasks = 64;
constexpr const char* create = "create table t (k integer primary key, v text)";
constexpr const char* insert = "insert into t values (?, ?)";
constexpr const char* read = "select v from t where k = ?";

std::string text_of(int key) { return "the value of " + std::to_string(key); }
int key_of(int number) { return static_cast<int>(number * 7919LL % inserts); }

class stopwatch {
public:
    void print(const char* name, int rows) const {
        const std::chrono::duration<double, std::micro> length =
            std::chrono::steady_clock::now() - begin_;
        std::printf("%-32s %8.2f us\n", name, length.count() / rows);
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void expect(bool holds) {
    if (!holds) std::abort();
}

void use_library() {
    sqlite3* db = nullptr;
    expect(::sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                             nullptr) == SQLITE_OK);
    ::sqlite3_exec(db, create, nullptr, nullptr, nullptr);
    sqlite3_stmt* statement = nullptr;
    {
        const stopwatch watch;
        ::sqlite3_exec(db, "begin", nullptr, nullptr, nullptr);
        ::sqlite3_prepare_v2(db, insert, -1, &statement, nullptr);
        for (int key = 0; key < inserts; ++key) {
            const std::string text = text_of(key);
            ::sqlite3_bind_int(statement, 1, key);
            ::sqlite3_bind_text(statement, 2, text.data(), static_cast<int>(text.size()),
                                SQLITE_STATIC);
            expect(::sqlite3_step(statement) == SQLITE_DONE);
            ::sqlite3_reset(statement);
        }
        ::sqlite3_finalize(statement);
        ::sqlite3_exec(db, "commit", nullptr, nullptr, nullptr);
        watch.print("library: insert", inserts);
    }
    {
        const stopwatch watch;
        ::sqlite3_prepare_v2(db, read, -1, &statement, nullptr);
        for (int number = 0; number < reads; ++number) {
            ::sqlite3_bind_int(statement, 1, key_of(number));
            expect(::sqlite3_step(statement) == SQLITE_ROW);
            const std::string text =
                reinterpret_cast<const char*>(::sqlite3_column_text(statement, 0));
            expect(!text.empty());
            ::sqlite3_reset(statement);
        }
        ::sqlite3_finalize(statement);
        watch.print("library: read by key", reads);
    }
    ::sqlite3_close(db);
}

async<> insert_each(connection& db) {
    co_await db.execute(create);
    const stopwatch watch;
    constexpr int fewer = inserts / 10;
    const auto body = [](auto& tx) -> async<> {
        for (int key = 0; key < fewer; ++key)
            co_await tx.execute(insert, key, text_of(key));
    };
    co_await db.transaction(body);
    watch.print("patio: insert, one by one", fewer);
    co_await db.execute("delete from t");
}

async<> insert_many(connection& db) {
    const stopwatch watch;
    std::vector<std::tuple<int, std::string>> all;
    for (int key = 0; key < inserts; ++key)
        all.emplace_back(key, text_of(key));
    co_await db.execute_many(insert, std::move(all));
    watch.print("patio: insert, execute_many", inserts);
}

async<> read_by_key(connection& db, int first, int count) {
    for (int number = first; number < first + count; ++number) {
        const auto text = co_await db.query_one<std::string>(read, key_of(number));
        expect(text.has_value());
    }
}

async<> use_patio() {
    connection db = co_await patio::sqlite::open(":memory:");
    co_await insert_each(db);
    co_await insert_many(db);
    {
        const stopwatch watch;
        co_await read_by_key(db, 0, reads);
        watch.print("patio: read by key, 1 task", reads);
    }
    {
        const stopwatch watch;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int task = 0; task < tasks; ++task)
                group.spawn(read_by_key(db, task, reads / tasks));
            co_return;
        });
        watch.print("patio: read by key, 64 tasks", reads / tasks * tasks);
    }
    const stopwatch watch;
    auto all = db.rows<std::tuple<int, std::string>>("select k, v from t");
    int count = 0;
    for (auto each = co_await all.next(); each; each = co_await all.next())
        ++count;
    expect(count == inserts);
    watch.print("patio: rows, a batch at a time", inserts);
}

}  // namespace

int main() {
    use_library();
    patio::run(use_patio());
}
