// SPDX-License-Identifier: MIT

#include <patio/sqlite/connection.hpp>

#include "session.hpp"

#include <patio/core/error.hpp>

#include <utility>

namespace patio::sqlite {

namespace {

async<> close_at(sql::detail::level_ref at) {
    const mutex_guard turn = co_await at->turnstile.lock();
    if (at->link->is_closed()) co_return;
    at->link->mark_closed();
    auto closing = static_cast<detail::session&>(*at->link).close();
    co_await std::move(closing);
}

async<> back_up_at(sql::detail::level_ref at, std::string path) {
    auto turn = sql::detail::pass_turnstile(*at);
    co_await std::move(turn);
    auto copying = static_cast<detail::session&>(*at->link).backup_to(std::move(path));
    co_await std::move(copying);
}

async<> do_nothing() { co_return; }

}  // namespace

connection::connection(std::shared_ptr<detail::session> opened)
    : executor{std::make_shared<sql::detail::level>(std::move(opened))} {}

connection& connection::operator=(connection&& other) noexcept {
    if (this == &other) return *this;
    const connection old{std::move(*this)};  // closes
    executor::operator=(std::move(other));
    return *this;
}

connection::~connection() {
    if (detail::session* session = session_or_null()) session->mark_closed();
}

async<> connection::close() {
    if (is_closed()) return do_nothing();
    return close_at(level());
}

bool connection::is_closed() const noexcept {
    const detail::session* session = session_or_null();
    return session == nullptr || session->is_closed();
}

async<> connection::backup_to(std::string path) { return back_up_at(level(), std::move(path)); }

std::string connection::path() const {
    return is_closed() ? std::string{} : session_or_null()->path();
}

detail::session* connection::session_or_null() const noexcept {
    if (!level_or_null()) return nullptr;
    return static_cast<detail::session*>(level_or_null()->link.get());
}

async<connection> open(std::string path, options how) {
    auto session = detail::session::make(std::move(path), how);
    auto opening = session->open();
    co_await std::move(opening);
    connection opened{std::move(session)};
    co_return opened;
}

}  // namespace patio::sqlite
