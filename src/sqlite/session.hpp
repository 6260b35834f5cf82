// SPDX-License-Identifier: MIT
#pragma once

// A connection as tasks use it: each call is carried to the connection's thread and back.

#include "database.hpp"

#include <patio/core/async.hpp>
#include <patio/io/thread_pool.hpp>
#include <patio/sql/detail/session.hpp>
#include <patio/sqlite/options.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace patio::sqlite::detail {

/// The pool of one thread is what keeps the order: it takes calls in the order of awaiting.
///
/// A cancelled call is waited for (see `thread_pool::run`), so what it works on may lie in the
/// frame that awaits it.
///
/// Whoever drops the last reference starts the closing, as a task of the root group: the shared
/// pointer's deleter is `retire`. Nothing is under way then, for each operation has a reference.
class session final : public sql::detail::session, public std::enable_shared_from_this<session> {
public:
    [[nodiscard]] static std::shared_ptr<session> make(std::string path, options how);
    ~session() override = default;

    async<> open();
    async<> close();
    async<> backup_to(std::string path);
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    async<sql::executed> execute(sql::detail::request what) override;
    async<sql::executed> execute_many(std::string sql, std::vector<sql::parameters> each,
                                      unsigned depth) override;
    async<> execute_script(std::string script, unsigned depth) override;
    async<std::vector<sql::row>> query(sql::detail::request what, std::size_t rows_max) override;
    [[nodiscard]] std::unique_ptr<sql::detail::cursor> open_cursor(
        sql::detail::request what) override;

    async<> begin(sql::transaction_options how, unsigned depth) override;
    async<> commit(unsigned depth) override;
    async<> rollback(unsigned depth) override;

private:
    class cursor;

    session(std::string path, const options& how)
        : path_{std::move(path)},
          options_{how},
          database_{options_},
          thread_{thread_pool_options{}.threads_max(1)} {}

    static void retire(session* unused) noexcept;
    static async<> close_later(std::unique_ptr<session> unused);
    void forget(result* unwanted) noexcept;
    static async<> drop_later(std::shared_ptr<session> self, result* unwanted);

    const std::string path_;
    const options options_;
    std::vector<std::unique_ptr<result>> results_;  // of cursors, and those that are being dropped
    database database_;
    thread_pool thread_;  // ends before the database does
};

}  // namespace patio::sqlite::detail
