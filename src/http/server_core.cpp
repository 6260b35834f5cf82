// SPDX-License-Identifier: MIT

#include "server_core.hpp"

#include "access.hpp"
#include "connection_guard.hpp"
#include "server_connection.hpp"

#include <patio/core/sleep.hpp>

#include <utility>

namespace patio::http::detail {

void server_core::stop() noexcept {
    is_stopping_ = true;
    for (server_connection* each = first_; each != nullptr; each = each->next_)
        each->stop();
}

void server_core::enter(server_connection& each) noexcept {
    each.next_ = first_;
    each.previous_ = nullptr;
    if (first_ != nullptr) first_->previous_ = &each;
    first_ = &each;
}

void server_core::leave(server_connection& each) noexcept {
    if (each.record_ != nullptr) addresses_.leave(each.peer_endpoint_.address(), now());
    request_access::clear(each.request_);  // whose body keeps the connection
    (each.previous_ != nullptr ? each.previous_->next_ : first_) = each.next_;
    if (each.next_ != nullptr) each.next_->previous_ = each.previous_;
}

namespace {

/// Is in the list of its server for as long as it is served.
class membership {
public:
    membership(server_core& core, server_connection& of) noexcept : core_{core}, of_{of} {
        core_.enter(of_);
    }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;
    ~membership() { core_.leave(of_); }

private:
    server_core& core_;
    server_connection& of_;
};

}  // namespace

async<> serve_connection(std::shared_ptr<server_core> core, stream peer) {
    const auto connection = std::make_shared<server_connection>(core, std::move(peer));
    const membership member{*core, *connection};
    cut_cause why{};
    {
        connection_guard guard{connection->peer(), connection->serve()};
        connection->guard_with(&guard);
        why = co_await guard;
        connection->guard_with(nullptr);
    }
    auto ending = connection->finish(why);
    co_await std::move(ending);
}

}  // namespace patio::http::detail
