// SPDX-License-Identifier: MIT
#pragma once

// What one can ask of a database, the same for all of them, in a transaction and outside.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/sql/codec.hpp>
#include <patio/sql/detail/session.hpp>
#include <patio/sql/executed.hpp>
#include <patio/sql/from_row.hpp>
#include <patio/sql/parameters.hpp>
#include <patio/sql/row.hpp>
#include <patio/sql/transaction_options.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::sql {

class open_transaction;

namespace detail {

/// A function that makes a coroutine from a transaction.
template <class F>
concept transaction_body =
    std::invocable<std::remove_reference_t<F>&, open_transaction&> &&
    patio::detail::is_async<std::invoke_result_t<std::remove_reference_t<F>&, open_transaction&>>;

inline constexpr std::size_t all_rows = std::numeric_limits<std::size_t>::max();

PATIO_EXPORT async<executed> execute_at(level_ref at, std::string sql, parameters with);
PATIO_EXPORT async<executed> execute_many_at(level_ref at, std::string sql,
                                             std::vector<parameters> each);
PATIO_EXPORT async<> execute_script_at(level_ref at, std::string script);
PATIO_EXPORT async<std::vector<row>> query_at(level_ref at, std::string sql, parameters with,
                                              std::size_t rows_max);
PATIO_EXPORT async_generator<row> rows_at(level_ref at, std::string sql, parameters with);

template <row_type T>
async<std::vector<T>> query_as(level_ref at, std::string sql, parameters with) {
    std::vector<row> found =
        co_await query_at(std::move(at), std::move(sql), std::move(with), all_rows);
    std::vector<T> all;
    all.reserve(found.size());
    for (row& each : found)
        all.push_back(from_row<T>(std::move(each)));
    co_return all;
}

template <row_type T>
async<std::optional<T>> query_one_as(level_ref at, std::string sql, parameters with) {
    std::vector<row> found = co_await query_at(std::move(at), std::move(sql), std::move(with), 1);
    std::optional<T> one;
    if (!found.empty()) one.emplace(from_row<T>(std::move(found.front())));
    co_return one;
}

template <row_type T>
async_generator<T> rows_as(level_ref at, std::string sql, parameters with) {
    auto all = rows_at(std::move(at), std::move(sql), std::move(with));
    while (auto found = co_await all.next()) {
        T item = from_row<T>(std::move(*found));
        co_yield std::move(item);
    }
}

}  // namespace detail

/// A connection to a database, or a transaction on one: what takes SQL.
///
/// ```
/// patio::async<> rename(patio::sql::executor& db, int id, std::string name) {
///     co_await db.execute("update users set name = $1 where id = $2", name, id);
/// }
/// ```
///
/// **Use** it as the parameter of functions that shall work with every database, inside a
/// transaction and without. Only the SQL knows which one it is.
///
/// The arguments behind the SQL are values for its places, `$1` and `$2` (or `?` in SQLite), of any
/// type that has a `codec`. They go to the database beside the SQL and never become a part of it.
///
/// **Owns** SQL and values: nothing is borrowed, whatever becomes of the object that was asked.
/// **Suspends** always.
/// **Fails** with `sql::error`; with conversion_error if the rows are not what was asked for; with
/// `patio::errc::closed`; with usage_error if it is asked from inside a transaction of its own,
/// which is what waits for itself: ask the transaction.
/// **Cancel** a statement that has not begun has no effect; one that runs is interrupted, and what
/// it did outside of a transaction is undone, unless it had ended by then. This returns when the
/// database has let go of it.
/// **Threads** those of its loop. Any number of tasks may ask at the same time.
/// **Order** first come, first served. While a transaction is open others wait for its end.
class PATIO_EXPORT executor {
public:
    using loop_affine = void;

    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    /// Runs a statement whose rows, if it has some, nobody wants.
    template <bindable... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER async<executed> execute(std::string sql, Args&&... args) {
        return detail::execute_at(level(), std::move(sql),
                                  parameters::of(std::forward<Args>(args)...));
    }

    /// Runs a statement once for each of the values, in one go: all of it happens or nothing.
    ///
    /// ```
    /// std::vector<std::tuple<int, std::string>> users = …;
    /// co_await db.execute_many("insert into users values ($1, $2)", users);
    /// ```
    ///
    /// **Returns** the sum of the changed rows.
    PATIO_DETAIL_COROUTINE_WRAPPER async<executed> execute_many(std::string sql,
                                                                std::vector<parameters> each) {
        return detail::execute_many_at(level(), std::move(sql), std::move(each));
    }
    template <bindable... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER async<executed> execute_many(
        std::string sql, std::vector<std::tuple<Args...>> each) {
        std::vector<parameters> all;
        all.reserve(each.size());
        for (std::tuple<Args...>& one : each)
            all.push_back(parameters::of(std::move(one)));
        return detail::execute_many_at(level(), std::move(sql), std::move(all));
    }

    /// Runs several statements, separated by semicolons and without parameters. **Fails** at the
    /// first that fails; those before it have happened, unless a transaction is around them.
    PATIO_DETAIL_COROUTINE_WRAPPER async<> execute_script(std::string script) {
        return detail::execute_script_at(level(), std::move(script));
    }

    /// All rows of a result, each as a `T`; see `row_type`.
    ///
    /// ```
    /// struct user { int id; std::string name; };
    /// auto all = co_await db.query<user>("select id, name from users where age > $1", 18);
    /// ```
    ///
    /// **Fails** with limit_exceeded, result_bytes_max; see `rows` for results without end.
    template <row_type T = row, bindable... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER async<std::vector<T>> query(std::string sql, Args&&... args) {
        parameters with = parameters::of(std::forward<Args>(args)...);
        if constexpr (std::same_as<T, row>) {
            return detail::query_at(level(), std::move(sql), std::move(with), detail::all_rows);
        } else {
            return detail::query_as<T>(level(), std::move(sql), std::move(with));
        }
    }

    /// The first row of a result, or nothing if it has none. Further rows are not looked at.
    ///
    /// ```
    /// auto name = co_await db.query_one<std::string>("select name from users where id = $1", 7);
    /// ```
    template <row_type T = row, bindable... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER async<std::optional<T>> query_one(std::string sql,
                                                                     Args&&... args) {
        return detail::query_one_as<T>(level(), std::move(sql),
                                       parameters::of(std::forward<Args>(args)...));
    }

    /// The rows of a result one after another, some of them fetched at a time, whenever they are
    /// asked for.
    ///
    /// ```
    /// auto users = db.rows<user>("select id, name from users");
    /// while (auto each = co_await users.next()) greet(*each);
    /// ```
    ///
    /// Other statements may run in between. What they change in rows that have not been fetched may
    /// be seen or not; in SQLite an unfinished result also keeps what others write from being seen
    /// on this connection: do not leave one lying about.
    /// **Cancel** drops the result, and so does destroying the generator.
    template <row_type T = row, bindable... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER async_generator<T> rows(std::string sql, Args&&... args) {
        parameters with = parameters::of(std::forward<Args>(args)...);
        if constexpr (std::same_as<T, row>) {
            return detail::rows_at(level(), std::move(sql), std::move(with));
        } else {
            return detail::rows_as<T>(level(), std::move(sql), std::move(with));
        }
    }

    /// Runs `body(open_transaction&)` with everything that it asks of the transaction in one piece:
    /// all of it happens when the body returns, nothing of it if it throws or is cancelled.
    ///
    /// ```
    /// co_await db.transaction([&](auto& tx) -> patio::async<> {
    ///     co_await tx.execute("update accounts set sum = sum - $1 where id = $2", amount, from);
    ///     co_await tx.execute("update accounts set sum = sum + $1 where id = $2", amount, to);
    /// });
    /// ```
    ///
    /// Other tasks that ask this connection for something wait until it has ended. The body itself
    /// must ask the transaction: asking the connection would wait for ever, and throws usage_error.
    /// A transaction inside of one is a savepoint: what it did is undone if it fails, and whether
    /// it stays is up to the one outside.
    ///
    /// **Returns** what the body returns. **Owns** the body.
    /// **Fails** with what the body throws; with what the database says to the commit. It is rolled
    /// back then.
    /// **Cancel** it is rolled back before anybody else's statement runs. A commit that had begun
    /// may have happened.
    template <detail::transaction_body F>
    PATIO_DETAIL_COROUTINE_WRAPPER auto transaction(F&& body, transaction_options options = {});

protected:
    executor() noexcept = default;
    explicit executor(detail::level_ref at) noexcept : level_{std::move(at)} {}
    executor(executor&&) noexcept = default;
    executor& operator=(executor&&) noexcept = default;
    ~executor() = default;

    /// **Fails** with errc::closed if there is none: it was moved from.
    [[nodiscard]] const detail::level_ref& level() const;
    [[nodiscard]] const detail::level_ref& level_or_null() const noexcept { return level_; }

private:
    detail::level_ref level_;
};

}  // namespace patio::sql

#include <patio/sql/open_transaction.hpp>  // `executor::transaction` makes them
