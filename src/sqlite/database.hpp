// SPDX-License-Identifier: MIT
#pragma once

// SQLite as the connection's thread uses it. Nothing in here knows of tasks and loops.

#include "statement.hpp"

#include <patio/io/stop_signal.hpp>
#include <patio/sql/executed.hpp>
#include <patio/sql/parameters.hpp>
#include <patio/sql/row.hpp>
#include <patio/sql/transaction_options.hpp>
#include <patio/sqlite/options.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace patio::sqlite::detail {

/// A result that is fetched in batches. The task makes it, the thread uses it.
struct result {
    result(std::string sql, sql::parameters with, unsigned at_depth)
        : text{std::move(sql)}, values{std::move(with)}, depth{at_depth} {}

    const std::string text;
    const sql::parameters values;
    const unsigned depth;
    std::unique_ptr<statement> running;
    bool has_begun = false;
    bool is_done = false;
};

/// An open database.
///
/// Every call does its work to the end and leaves no statement running but those of results. The
/// stop signal is its task's: once it is seen nothing is waited for any more, neither a lock nor
/// the end of a statement.
///
/// **Threads** one at a time.
class database {
public:
    explicit database(const options& how) noexcept : options_{how}, cache_{how.statements_max_} {}
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    void open(const stop_signal& stop, const std::string& path);
    [[nodiscard]] bool is_open() const noexcept { return native_.handle != nullptr; }
    /// Results end, and an open transaction is rolled back.
    void close();

    sql::executed execute(const stop_signal& stop, unsigned depth, const std::string& text,
                          const sql::parameters& values);
    sql::executed execute_many(const stop_signal& stop, unsigned depth, const std::string& text,
                               const std::vector<sql::parameters>& each);
    void execute_script(const stop_signal& stop, unsigned depth, const std::string& script);
    std::vector<sql::row> query(const stop_signal& stop, unsigned depth, const std::string& text,
                                const sql::parameters& values, std::size_t rows_max);

    std::vector<sql::row> fetch(const stop_signal& stop, result& from);
    void drop(result& unwanted) noexcept;

    void begin(const stop_signal& stop, sql::transaction_mode how, unsigned depth);
    void commit(const stop_signal& stop, unsigned depth);
    void roll_back(unsigned depth);

    void backup_to(const stop_signal& stop, const std::string& path);

private:
    class working;
    class lease;

    void apply_options();
    void run(const std::string& text);
    [[nodiscard]] bool is_in_transaction() const noexcept {
        return ::sqlite3_get_autocommit(native_.handle) == 0;
    }
    void roll_back_quietly() noexcept;
    [[nodiscard]] bool wait_for_lock(int attempt) noexcept;
    [[nodiscard]] bool should_stop() const noexcept {
        return stop_ != nullptr && stop_->requested();
    }

    const options& options_;
    native_database native_;
    statement_cache cache_;
    std::vector<result*> results_;       // those that run
    const stop_signal* stop_ = nullptr;  // while a call works for a task
    std::chrono::steady_clock::time_point waiting_since_;
};

}  // namespace patio::sqlite::detail
