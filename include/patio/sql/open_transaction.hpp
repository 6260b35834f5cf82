// SPDX-License-Identifier: MIT
#pragma once

// Statements that happen together or not at all.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/finally.hpp>
#include <patio/sql/executor.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace patio::sql {

/// An open transaction, or a savepoint in one: what the body of `executor::transaction` gets.
///
/// It lives as long as that call. What is asked of it later, by a task that the body has started
/// and not awaited, fails with usage_error.
///
/// If the database ends the transaction by itself, as SQLite may do where a statement that writes
/// is interrupted or the disk is full, every further statement fails with
/// `sql::errc::transaction_over`, and so does the commit.
class PATIO_EXPORT open_transaction final : public executor {
public:
    explicit open_transaction(detail::level_ref inside) noexcept : executor{std::move(inside)} {}
    open_transaction(const open_transaction&) = delete;
    open_transaction& operator=(const open_transaction&) = delete;
    ~open_transaction() = default;

    /// 1 for a transaction, more for savepoints in it.
    [[nodiscard]] unsigned depth() const noexcept { return level_or_null()->depth; }
};

namespace detail {

/// A transaction's life, in the frame of `run_transaction`.
class transaction_run {
public:
    transaction_run(level_ref outside, transaction_options options)
        : options_{options}, inside_{std::make_shared<level>(std::move(outside))}, open_{inside_} {}
    transaction_run(const transaction_run&) = delete;
    transaction_run& operator=(const transaction_run&) = delete;
    ~transaction_run() { inside_->is_over = true; }

    [[nodiscard]] open_transaction& open() noexcept { return open_; }
    PATIO_DETAIL_COROUTINE_WRAPPER async<> begin() {
        return inside_->link->begin(options_, inside_->depth);
    }
    PATIO_EXPORT async<> commit();
    PATIO_EXPORT async<> roll_back_unless_committed();

private:
    transaction_options options_;
    level_ref inside_;
    open_transaction open_;
    bool is_committed_ = false;
};

/// Pointers, since GCC warns about frames that refer to a body of an unnamed namespace.
template <class R, class F>
async<R> run_to_commit(transaction_run* run, F* body) {
    auto beginning = run->begin();
    co_await std::move(beginning);
    auto working = (*body)(run->open());
    if constexpr (std::is_void_v<R>) {
        co_await std::move(working);
        auto committing = run->commit();
        co_await std::move(committing);
    } else {
        R result = co_await std::move(working);
        auto committing = run->commit();
        co_await std::move(committing);
        co_return result;
    }
}

template <class R, class F>
async<R> run_transaction(level_ref outside, F body, transaction_options options) {
    auto turn = lock_turnstile(outside);
    const mutex_guard guard = co_await std::move(turn);
    transaction_run run{outside, options};
    const auto clean_up = [&run]() PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA -> async<> {
        return run.roll_back_unless_committed();
    };
    auto whole = finally(run_to_commit<R, F>(&run, &body), clean_up);
    if constexpr (std::is_void_v<R>) {
        co_await std::move(whole);
    } else {
        R result = co_await std::move(whole);
        co_return result;
    }
}

}  // namespace detail

template <detail::transaction_body F>
PATIO_DETAIL_COROUTINE_WRAPPER auto executor::transaction(F&& body, transaction_options options) {
    patio::detail::check_callable<F>();
    using result =
        patio::detail::async_result_t<std::invoke_result_t<std::decay_t<F>&, open_transaction&>>;
    return detail::run_transaction<result, std::decay_t<F>>(level(), std::forward<F>(body),
                                                            options);
}

}  // namespace patio::sql
