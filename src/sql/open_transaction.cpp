// SPDX-License-Identifier: MIT

#include <patio/sql/open_transaction.hpp>

namespace patio::sql::detail {

async<> transaction_run::commit() {
    // A task that the body has left behind may be in a savepoint: that ends first.
    auto turn = lock_turnstile(inside_);
    const mutex_guard guard = co_await std::move(turn);
    inside_->is_over = true;
    auto committing = inside_->link->commit(inside_->depth);
    co_await std::move(committing);
    is_committed_ = true;
}

async<> transaction_run::roll_back_unless_committed() {
    inside_->is_over = true;
    // What is around a savepoint may have ended first, if nobody waited for this one. It has undone
    // everything then, and the connection may be in somebody else's transaction by now.
    if (is_committed_ || inside_->outside->has_ended()) co_return;
    auto rolling_back = inside_->link->rollback(inside_->depth);
    co_await std::move(rolling_back);
}

}  // namespace patio::sql::detail
