// SPDX-License-Identifier: MIT
#pragma once

// How a database is opened, and how its connection behaves.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace patio::sqlite {

namespace detail {
class database;
class session;
}  // namespace detail

enum class open_mode : std::uint8_t {
    create,      ///< reads and writes; makes the file if there is none
    read_write,  ///< reads and writes; the file must exist
    read_only,
};

/// How changes get to the disk in one piece. **Source** https://www.sqlite.org/pragma.html, as for
/// the next one.
enum class journal_mode : std::uint8_t {
    rollback,  ///< a file of what was there before, deleted at each commit ("delete")
    truncate,  ///< the same, and the file stays, empty
    persist,   ///< the same, and the file stays, with its head struck out
    wal,       ///< a file of what is new: readers and one writer do not disturb each other
    memory,    ///< in memory: a crash in the middle of a commit damages the database
    none,      ///< nothing: there is no rollback either ("off")
};

/// How often the disk must confirm.
enum class synchronous : std::uint8_t {
    off,     ///< never: a power cut may damage the database
    normal,  ///< in WAL mode a power cut may undo the last commits, and damages nothing
    full,    ///< at each commit
    extra,   ///< also after the journal is deleted
};

/// Each setter changes one thing and returns the object.
///
/// ```
/// auto db = co_await patio::sqlite::open(
///     "state.db", patio::sqlite::options{}.journal(patio::sqlite::journal_mode::wal));
/// ```
class PATIO_EXPORT options {
public:
    options() noexcept = default;

    options& mode(open_mode how) noexcept {
        mode_ = how;
        return *this;
    }
    /// As the file has it by default: that is kept in the file for WAL, else `rollback`.
    options& journal(journal_mode how) noexcept {
        journal_ = how;
        return *this;
    }
    /// `full` by default.
    options& sync(synchronous how) noexcept {
        sync_ = how;
        return *this;
    }
    /// Whether references between tables are checked. They are by default.
    options& foreign_keys(bool are_checked) noexcept {
        foreign_keys_ = are_checked;
        return *this;
    }
    /// How long a statement waits for a lock that another connection has, before it fails with
    /// `sql::errc::busy`. 5 s by default.
    options& busy_timeout(duration limit) noexcept {
        busy_timeout_ = limit;
        return *this;
    }
    /// That many prepared statements are kept for their next use; 64 by default. The one that was
    /// not used for longest goes first.
    options& statements_max(std::size_t count) noexcept {
        statements_max_ = count;
        return *this;
    }
    /// A result of `query` takes at most so much memory; 1 GiB by default. More fails with
    /// limit_exceeded, and what the statement has written stays.
    options& result_bytes_max(std::size_t count) noexcept {
        result_bytes_max_ = count;
        return *this;
    }
    /// So many rows are fetched at a time by `rows`; 256 by default, at least 1. Fewer if they are
    /// long: about a megabyte.
    options& batch_rows(std::size_t count) noexcept {
        batch_rows_ = count > 0 ? count : 1;
        return *this;
    }

private:
    friend class detail::database;
    friend class detail::session;

    open_mode mode_ = open_mode::create;
    std::optional<journal_mode> journal_;
    synchronous sync_ = synchronous::full;
    bool foreign_keys_ = true;
    duration busy_timeout_ = duration::seconds(5);
    std::size_t statements_max_ = 64;
    std::size_t result_bytes_max_ = std::size_t{1} << 30;
    std::size_t batch_rows_ = 256;
};

}  // namespace patio::sqlite
