// SPDX-License-Identifier: MIT

// Copies of whole databases, by the library's backup calls.

#include "database.hpp"

#include <patio/core/error.hpp>
#include <patio/sqlite/error.hpp>

namespace patio::sqlite::detail {

namespace {

/// Between two of these it is looked whether anybody still waits.
constexpr int pages_between_looks = 64;

/// The database that is written to.
class target_file {
public:
    explicit target_file(const std::string& path) : path_{path} {
        if (path.find('\0') != std::string::npos) {
            throw patio::error{errc::malformed, "backing up to a path with a zero in it: " + path};
        }
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_EXRESCODE;
        if (::sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
            const int code =
                handle_ != nullptr ? ::sqlite3_extended_errcode(handle_) : SQLITE_NOMEM;
            ::sqlite3_close(handle_);
            fail_with(code);
        }
    }
    target_file(const target_file&) = delete;
    target_file& operator=(const target_file&) = delete;
    ~target_file() { ::sqlite3_close(handle_); }

    [[nodiscard]] sqlite3* get() const noexcept { return handle_; }
    [[noreturn]] void fail_with(int code) const {
        throw error{code, "backing up to '" + path_ + "': " + ::sqlite3_errstr(code)};
    }

private:
    const std::string& path_;
    sqlite3* handle_ = nullptr;
};

/// Undoes what was copied unless all was.
class copying {
public:
    copying(const target_file& to, sqlite3* from)
        : handle_{::sqlite3_backup_init(to.get(), "main", from, "main")} {
        if (handle_ == nullptr) to.fail_with(::sqlite3_extended_errcode(to.get()));
    }
    copying(const copying&) = delete;
    copying& operator=(const copying&) = delete;
    ~copying() { ::sqlite3_backup_finish(handle_); }

    int step() noexcept { return ::sqlite3_backup_step(handle_, pages_between_looks); }

private:
    sqlite3_backup* handle_;
};

}  // namespace

void database::backup_to(const stop_signal& stop, const std::string& path) {
    if (native_.handle == nullptr) throw patio::error{errc::closed, "using a database connection"};
    const target_file target{path};
    stop_ = &stop;  // for the lock of the source
    copying pages{target, native_.handle};
    int code = SQLITE_OK;
    for (int attempt = 0; code != SQLITE_DONE;) {
        code = pages.step();
        if (stop.requested()) {
            code = SQLITE_INTERRUPT;
        } else if (code == SQLITE_OK) {
            attempt = 0;
        } else if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
            if (wait_for_lock(attempt++)) continue;
        }
        if (code != SQLITE_OK && code != SQLITE_DONE) break;
    }
    stop_ = nullptr;
    if (code != SQLITE_DONE) target.fail_with(code);
}

}  // namespace patio::sqlite::detail
