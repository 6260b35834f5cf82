// SPDX-License-Identifier: MIT

#include "database.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/sql/error.hpp>
#include <patio/sqlite/error.hpp>

#include <algorithm>
#include <array>
#include <thread>

namespace patio::sqlite::detail {

namespace {

/// So many instructions of SQLite's machine pass until it looks whether it should stop; some 20 µs.
constexpr int steps_between_looks = 1000;
/// A batch of rows ends where it has become so long.
constexpr std::size_t batch_bytes_max = std::size_t{1} << 20;

std::string name_of_savepoint(unsigned depth) { return "patio_" + std::to_string(depth); }

const char* name_of(journal_mode mode) noexcept {
    switch (mode) {
        case journal_mode::rollback:
            return "delete";
        case journal_mode::truncate:
            return "truncate";
        case journal_mode::persist:
            return "persist";
        case journal_mode::wal:
            return "wal";
        case journal_mode::memory:
            return "memory";
        case journal_mode::none:
            break;
    }
    return "off";
}

[[noreturn]] void fail_left_open() {
    throw usage_error{
        "a statement left a transaction open, which would be that of every task: it was rolled "
        "back; use db.transaction(…)"};
}

}  // namespace

// --- the frame of every call

/// Stands in each call: lets SQLite hear of the task's cancellation, and sees to it that
/// transactions are where they belong.
class database::working {
public:
    working(database& of, const stop_signal* stop, unsigned depth) : of_{&of}, depth_{depth} {
        if (of.native_.handle == nullptr)
            throw patio::error{errc::closed, "using a database connection"};
        if (depth == 0) {
            of.roll_back_quietly();  // nothing can be open, unless a rollback has failed
        } else if (!of.is_in_transaction()) {
            throw sql::error{
                sql::make_error_code(sql::errc::transaction_over),
                "using a transaction that SQLite has rolled back: a statement in it was "
                "interrupted, or has failed for a reason such as a full disk"};
        }
        of.stop_ = stop;
        of.native_.waited = duration{};
    }
    working(const working&) = delete;
    working& operator=(const working&) = delete;
    ~working() {
        of_->stop_ = nullptr;
        if (depth_ == 0 && !begins_) of_->roll_back_quietly();
    }
    /// The transaction that is open at the end is meant to be.
    void begins() noexcept { begins_ = true; }
    /// At the end of a call that went well.
    void check_left() const {
        if (depth_ == 0 && of_->is_in_transaction()) fail_left_open();
    }

private:
    database* of_;
    unsigned depth_;
    bool begins_ = false;
};

/// A statement for one use.
class database::lease {
public:
    lease(database& from, const std::string& text) : from_{&from}, one_{from.cache_.take(text)} {
        if (one_ == nullptr) one_ = std::make_unique<statement>(from.native_, text);
    }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() {
        if (one_ == nullptr) return;
        one_->reset();
        from_->cache_.put_back(std::move(one_));
    }
    statement* operator->() const noexcept { return one_.get(); }
    /// For longer than a call.
    [[nodiscard]] std::unique_ptr<statement> keep() noexcept { return std::move(one_); }

private:
    database* from_;
    std::unique_ptr<statement> one_;
};

// --- opening and closing

database::~database() {
    try {
        close();
    } catch (const patio::error&) {  // who wants to hear of it awaits close()
    }
}

void database::open(const stop_signal& stop, const std::string& path) {
    if (path.find('\0') != std::string::npos) {
        throw patio::error{errc::malformed, "opening a path with a zero in it: " + path};
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (options_.mode_) {
        case open_mode::create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            break;
        case open_mode::read_write:
            flags |= SQLITE_OPEN_READWRITE;
            break;
        case open_mode::read_only:
            flags |= SQLITE_OPEN_READONLY;
            break;
    }
    stop_ = &stop;
    try {
        if (::sqlite3_open_v2(path.c_str(), &native_.handle, flags, nullptr) != SQLITE_OK) {
            if (native_.handle == nullptr) throw std::bad_alloc{};
            fail(native_, "opening database '" + path + "'");
        }
        apply_options();
    } catch (const sql::error& failure) {
        const std::error_code code = failure.code();
        const std::string what = failure.what();
        ::sqlite3_close_v2(std::exchange(native_.handle, nullptr));
        const std::string doing = "opening database '" + path + "'";
        throw error{code.value(), what.starts_with(doing) ? what : doing + ": " + what};
    }
    stop_ = nullptr;
}

void database::apply_options() {
    ::sqlite3_db_config(native_.handle, SQLITE_DBCONFIG_ENABLE_FKEY, options_.foreign_keys_ ? 1 : 0,
                        nullptr);
    ::sqlite3_db_config(native_.handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    ::sqlite3_db_config(native_.handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    ::sqlite3_busy_handler(
        native_.handle,
        [](void* self, int attempt) {
            return static_cast<database*>(self)->wait_for_lock(attempt) ? 1 : 0;
        },
        this);
    ::sqlite3_progress_handler(
        native_.handle, steps_between_looks,
        [](void* self) { return static_cast<database*>(self)->should_stop() ? 1 : 0; }, this);
    run("pragma schema_version");  // reads the file: a wrong one is found out now
    run("pragma synchronous = " + std::to_string(static_cast<int>(options_.sync_)));
    if (options_.journal_) run(std::string{"pragma journal_mode = "} + name_of(*options_.journal_));
}

void database::close() {
    if (native_.handle == nullptr) return;
    for (result* each : results_)
        each->running.reset();
    results_.clear();
    cache_.clear();
    sqlite3* closing = std::exchange(native_.handle, nullptr);
    if (::sqlite3_close(closing) == SQLITE_OK) return;
    const int code = ::sqlite3_extended_errcode(closing);
    ::sqlite3_close_v2(closing);
    throw error{code, std::string{"closing a database: "} + ::sqlite3_errstr(code)};
}

// --- waiting for locks

/// False: it has taken too long, or nobody waits for the statement any more.
bool database::wait_for_lock(int attempt) noexcept {
    static constexpr std::array<std::int64_t, 9> pauses_ms{1, 2, 5, 10, 15, 20, 25, 50, 100};
    const auto now = std::chrono::steady_clock::now();
    if (attempt == 0) waiting_since_ = now;
    const duration waited =
        duration::nanoseconds(std::chrono::nanoseconds{now - waiting_since_}.count());
    if (waited >= options_.busy_timeout_) {
        native_.waited = waited;
        return false;
    }
    const std::size_t index = std::min(static_cast<std::size_t>(attempt), pauses_ms.size() - 1);
    const duration pause =
        std::min(duration::milliseconds(pauses_ms[index]), options_.busy_timeout_ - waited);
    if (stop_ != nullptr) return !stop_->wait_for(pause);
    std::this_thread::sleep_for(std::chrono::nanoseconds{pause.count()});
    return true;
}

// --- statements

void database::run(const std::string& text) {
    if (::sqlite3_exec(native_.handle, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(native_, doing_with("executing", text), text);
    }
}

sql::executed database::execute(const stop_signal& stop, unsigned depth, const std::string& text,
                                const sql::parameters& values) {
    const working frame{*this, &stop, depth};
    const std::int64_t before = ::sqlite3_total_changes64(native_.handle);
    {
        const lease one{*this, text};
        one->bind(values);
        while (one->step()) {}
    }
    frame.check_left();
    // SQLite goes on telling of the last statement that changed rows.
    const bool has_changed = ::sqlite3_total_changes64(native_.handle) != before;
    const auto changed =
        static_cast<std::uint64_t>(has_changed ? ::sqlite3_changes64(native_.handle) : 0);
    return sql::executed{changed, ::sqlite3_last_insert_rowid(native_.handle)};
}

sql::executed database::execute_many(const stop_signal& stop, unsigned depth,
                                     const std::string& text,
                                     const std::vector<sql::parameters>& each) {
    const working frame{*this, &stop, depth};
    std::uint64_t changed = 0;
    run("savepoint patio_many");
    try {
        const lease one{*this, text};
        for (const sql::parameters& values : each) {
            const std::int64_t before = ::sqlite3_total_changes64(native_.handle);
            one->bind(values);
            while (one->step()) {}
            one->reset();
            if (::sqlite3_total_changes64(native_.handle) != before) {
                changed += static_cast<std::uint64_t>(::sqlite3_changes64(native_.handle));
            }
        }
        run("release patio_many");
    } catch (...) {
        stop_ = nullptr;
        ::sqlite3_exec(native_.handle, "rollback to patio_many; release patio_many", nullptr,
                       nullptr, nullptr);
        throw;
    }
    return sql::executed{changed, ::sqlite3_last_insert_rowid(native_.handle)};
}

void database::execute_script(const stop_signal& stop, unsigned depth, const std::string& script) {
    const working frame{*this, &stop, depth};
    if (script.find('\0') != std::string::npos) {
        throw sql::error{sql::make_error_code(sql::errc::bad_statement),
                         doing_with("executing", script) + ": there is a zero in it", script};
    }
    const char* rest = script.c_str();
    while (*rest != '\0') {
        sqlite3_stmt* handle = nullptr;
        const char* begin = rest;
        int code = ::sqlite3_prepare_v2(native_.handle, begin, -1, &handle, &rest);
        if (code == SQLITE_OK && handle != nullptr) {
            while ((code = ::sqlite3_step(handle)) == SQLITE_ROW) {}
            if (code == SQLITE_DONE) code = SQLITE_OK;
        }
        const int place = ::sqlite3_error_offset(native_.handle);
        const int extended = ::sqlite3_extended_errcode(native_.handle);
        const std::string what = code == SQLITE_OK ? "" : ::sqlite3_errmsg(native_.handle);
        ::sqlite3_finalize(handle);
        if (code != SQLITE_OK) {
            const auto offset =
                static_cast<std::size_t>(begin - script.c_str() + std::max(place, 0));
            throw error{extended, doing_with("executing", begin) + ": " + what, script, offset};
        }
    }
    frame.check_left();
}

std::vector<sql::row> database::query(const stop_signal& stop, unsigned depth,
                                      const std::string& text, const sql::parameters& values,
                                      std::size_t rows_max) {
    const working frame{*this, &stop, depth};
    std::vector<sql::row> found;
    {
        const lease one{*this, text};
        one->bind(values);
        std::size_t size_bytes = 0;
        while (found.size() < rows_max && one->step()) {
            found.push_back(one->read_row());
            for (std::size_t index = 0; index < found.back().size(); ++index)
                size_bytes += found.back()[index].size_bytes();
            if (size_bytes > options_.result_bytes_max_) {
                throw limit_exceeded{"result_bytes_max", options_.result_bytes_max_};
            }
        }
    }
    frame.check_left();
    return found;
}

// --- results

std::vector<sql::row> database::fetch(const stop_signal& stop, result& from) {
    const working frame{*this, &stop, from.depth};
    std::vector<sql::row> batch;
    try {
        if (!from.has_begun) {
            lease one{*this, from.text};
            one->bind(from.values);
            results_.push_back(&from);
            from.running = one.keep();
            from.has_begun = true;
        }
        std::size_t size_bytes = 0;
        while (batch.size() < options_.batch_rows_ && size_bytes < batch_bytes_max) {
            if (!from.running->step()) {
                drop(from);
                break;
            }
            batch.push_back(from.running->read_row());
            for (std::size_t index = 0; index < batch.back().size(); ++index)
                size_bytes += batch.back()[index].size_bytes();
        }
    } catch (...) {
        drop(from);
        throw;
    }
    return batch;
}

void database::drop(result& unwanted) noexcept {
    unwanted.is_done = true;
    std::erase(results_, &unwanted);
    if (unwanted.running == nullptr) return;
    unwanted.running->reset();
    cache_.put_back(std::move(unwanted.running));
}

// --- transactions

void database::begin(const stop_signal& stop, sql::transaction_mode how, unsigned depth) {
    working frame{*this, &stop, depth - 1};
    if (depth > 1) {
        run("savepoint " + name_of_savepoint(depth));
        return;
    }
    switch (how) {
        case sql::transaction_mode::deferred:
            run("begin");
            break;
        case sql::transaction_mode::immediate:
            run("begin immediate");
            break;
        case sql::transaction_mode::exclusive:
            run("begin exclusive");
            break;
    }
    frame.begins();
}

void database::commit(const stop_signal& stop, unsigned depth) {
    const working frame{*this, &stop, depth};
    run(depth > 1 ? "release " + name_of_savepoint(depth) : "commit");
}

void database::roll_back(unsigned depth) {
    if (native_.handle == nullptr || !is_in_transaction()) return;
    if (depth == 1) {
        run("rollback");
        return;
    }
    // It fails if there is no such savepoint: its beginning was cancelled.
    const std::string name = name_of_savepoint(depth);
    ::sqlite3_exec(native_.handle, ("rollback to " + name + "; release " + name).c_str(), nullptr,
                   nullptr, nullptr);
}

void database::roll_back_quietly() noexcept {
    if (is_in_transaction()) ::sqlite3_exec(native_.handle, "rollback", nullptr, nullptr, nullptr);
}

}  // namespace patio::sqlite::detail
