// SPDX-License-Identifier: MIT
#pragma once

// Databases in a file, or in memory, with SQLite inside.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/sql/executor.hpp>
#include <patio/sqlite/options.hpp>

#include <memory>
#include <string>
#include <utility>

namespace patio::sqlite {

/// An open database: everything that `sql::executor` has, and what only SQLite has.
///
/// ```
/// auto db = co_await patio::sqlite::open("chat.db");
/// co_await db.execute("create table if not exists messages (at, who, text)");
/// co_await db.execute("insert into messages values (?, ?, ?)", at, who, text);
/// auto last = co_await db.query<message>("select * from messages order by at desc limit 10");
/// ```
///
/// SQLite works on a thread of the connection's own, which ends when there has been nothing to do
/// for a while; the loop never waits for a disk. The statements of one connection run one after
/// another: for reads beside a long write open a second one, with `journal_mode::wal`.
///
/// A cancelled statement hears of it within some thousand steps of SQLite's machine, or when it
/// waits for a lock, and has ended before its task goes on; only a call that waits for the disk, or
/// one function of SQL that computes for long, is waited for. The connection stays as good as it
/// was.
///
/// Beyond SQLite's defaults, foreign keys are checked, and text in double quotes is a name and
/// never a text. A NaN is refused: SQLite would store NULL.
///
/// A statement must not leave a transaction open (`begin` without its end): it would be
/// everybody's. It is rolled back, with usage_error. Ask `transaction` instead.
///
/// **Threads** those of its loop. **Cost** two thread switches for each statement; no more for
/// `execute_many`, and for each batch of `rows`.
class PATIO_EXPORT connection final : public sql::executor {
public:
    /// One that is closed.
    connection() noexcept = default;
    connection(connection&& other) noexcept = default;
    connection& operator=(connection&& other) noexcept;
    /// Closes it without waiting: a statement that runs comes to its end, others fail with
    /// `patio::errc::closed`, an open transaction is rolled back; then the file is closed on the
    /// thread, and the program does not end before.
    ~connection();

    /// Waits for what was begun before, transactions included, and closes the file. What comes
    /// later fails with `patio::errc::closed`. Does nothing if it is closed.
    ///
    /// In WAL mode the last connection also moves the log into the database.
    /// **Fails** with `sqlite::error`; it is closed then too. **Cancel** it is not closed if it was
    /// waiting for its turn; else it is, or will be as by the destructor.
    PATIO_DETAIL_COROUTINE_WRAPPER async<> close();
    [[nodiscard]] bool is_closed() const noexcept;

    /// Copies the database, as it is at one moment, to a file, which is replaced in one piece.
    ///
    /// **Use** a second connection for large databases: others wait meanwhile.
    /// **Fails** with `sqlite::error`; the target is as before then. **Cancel** likewise.
    PATIO_DETAIL_COROUTINE_WRAPPER async<> backup_to(std::string path);

    /// As it was opened; empty if it is closed.
    [[nodiscard]] std::string path() const;

private:
    friend async<connection> open(std::string path, options how);
    explicit connection(std::shared_ptr<detail::session> opened);
    [[nodiscard]] detail::session* session_or_null() const noexcept;
};

/// Opens a database: the path of a file, or `:memory:` for one that lives as long as the
/// connection.
///
/// **Fails** with `sqlite::error`: no such directory, no permission, no database, or one that
/// somebody has locked for longer than `busy_timeout`.
/// **Cancel** it is not open; the file may have been made.
[[nodiscard]] PATIO_EXPORT async<connection> open(std::string path, options how = {});

}  // namespace patio::sqlite
