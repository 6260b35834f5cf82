// SPDX-License-Identifier: MIT

#include <patio/sql/detail/session.hpp>

#include <patio/core/detail/loop_state.hpp>
#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

namespace patio::sql::detail {

cursor::~cursor() = default;
session::~session() = default;

namespace {

/// The mutex would refuse as well, in words about mutexes.
void check_not_own(const mutex& turnstile) {
    if (turnstile.owner() == nullptr || turnstile.owner() != patio::detail::this_loop->current) {
        return;
    }
    throw usage_error{
        "inside a transaction something was asked of what is around it, which waits for its end: "
        "ask the transaction itself, tx.execute(…)"};
}

}  // namespace

void level::check_open() const {
    if (has_ended()) {
        throw usage_error{
            "a transaction that has ended was asked for something: await in its body whatever "
            "uses it"};
    }
    if (link->is_closed()) throw patio::error{patio::errc::closed, "using a database connection"};
}

async<> pass_turnstile(level& of) {
    if (of.turnstile.is_locked()) {
        check_not_own(of.turnstile);
        const mutex_guard passing = co_await of.turnstile.lock();
    }
    of.check_open();
}

async<mutex_guard> lock_turnstile(level_ref of) {
    check_not_own(of->turnstile);
    mutex_guard guard = co_await of->turnstile.lock();
    of->check_open();
    co_return guard;
}

}  // namespace patio::sql::detail
