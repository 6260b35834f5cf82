// SPDX-License-Identifier: MIT
#pragma once

// What each database implements, and the order in which tasks come to it.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/sql/executed.hpp>
#include <patio/sql/parameters.hpp>
#include <patio/sql/row.hpp>
#include <patio/sql/transaction_options.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace patio::sql::detail {

/// One statement on its way. The depth counts the transactions around it, savepoints included.
class request {
public:
    request(std::string sql, parameters with, unsigned at_depth)
        : text{std::move(sql)}, values{std::move(with)}, depth{at_depth} {}

    std::string text;
    parameters values;
    unsigned depth;
};

/// A result that is fetched piece by piece. Its destructor gives back what the database keeps for
/// it, without waiting.
class PATIO_EXPORT cursor {
public:
    cursor() = default;
    cursor(const cursor&) = delete;
    cursor& operator=(const cursor&) = delete;
    virtual ~cursor();
    /// The next rows; empty at the end.
    virtual async<std::vector<row>> next_batch() = 0;
    /// Whether it is known that there are no more.
    [[nodiscard]] virtual bool is_done() const noexcept = 0;
};

/// A connection to a database, below everything that has to do with types and turns.
///
/// Statements reach the database in the order in which these coroutines are first resumed; what was
/// begun is not overtaken. The caller keeps the session until they have ended. A statement with a
/// depth above 0 fails with errc::transaction_over if the database has ended the transaction.
class PATIO_EXPORT session {
public:
    session() = default;
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    virtual ~session();

    virtual async<executed> execute(request what) = 0;
    /// All or none.
    virtual async<executed> execute_many(std::string sql, std::vector<parameters> each,
                                         unsigned depth) = 0;
    virtual async<> execute_script(std::string script, unsigned depth) = 0;
    /// At most `rows_max` rows, the others are not looked at.
    virtual async<std::vector<row>> query(request what, std::size_t rows_max) = 0;
    [[nodiscard]] virtual std::unique_ptr<cursor> open_cursor(request what) = 0;

    /// `depth` is the one inside.
    virtual async<> begin(transaction_options how, unsigned depth) = 0;
    virtual async<> commit(unsigned depth) = 0;
    /// Also where `begin` has not come to its end, and where the database has rolled back by
    /// itself.
    virtual async<> rollback(unsigned depth) = 0;

    [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
    /// Refuses everything that has not begun.
    void mark_closed() noexcept { is_closed_ = true; }

private:
    bool is_closed_ = false;
};

/// A connection, or a transaction on it: where statements come in. Shared by the object that the
/// program has and the operations that it has begun, whichever of them lives longest.
class PATIO_EXPORT level {
public:
    explicit level(std::shared_ptr<session> on) noexcept : link{std::move(on)}, depth{0} {}
    /// A transaction inside of another level.
    explicit level(std::shared_ptr<level> around)
        : link{around->link}, outside{std::move(around)}, depth{outside->depth + 1} {}

    /// Whether it, or something around it, has ended.
    [[nodiscard]] bool has_ended() const noexcept {
        return is_over || (outside && outside->has_ended());
    }
    /// Throws if nothing may begin here any more.
    void check_open() const;

    const std::shared_ptr<session> link;
    const std::shared_ptr<level> outside;
    const unsigned depth;
    /// Locked by the transaction inside, while there is one. Statements pass through without
    /// keeping it: from there on the session keeps the order.
    mutex turnstile;
    bool is_over = false;  ///< a transaction that has ended
};

using level_ref = std::shared_ptr<level>;

/// Waits until no transaction is open inside of the level. The next thing that the caller does must
/// be to begin its statement, without a wait before. **Fails** with usage_error if the transaction
/// is this task's own, which would wait for itself.
PATIO_EXPORT async<> pass_turnstile(level& of);
/// Keeps others out until the guard is gone.
PATIO_EXPORT async<mutex_guard> lock_turnstile(level_ref of);

}  // namespace patio::sql::detail
