// SPDX-License-Identifier: MIT

#include "serve.hpp"

#include "hall.hpp"
#include "limits.hpp"
#include "site.hpp"
#include "store.hpp"

#include <patio/core/task_group.hpp>
#include <patio/http/serve_options.hpp>
#include <patio/http/server.hpp>
#include <patio/io/listener.hpp>

#include <utility>
#include <vector>

namespace chat {

namespace http = patio::http;
using patio::async;

namespace {

constexpr double address_requests_per_second = 20;

http::serve_options limits_of(const options& how) {
    http::serve_options limited;
    limited.connections_max(how.connections_max)
        .connections_per_address_max(how.per_address_max)
        .grace(stop_grace)
        .body_bytes_max(0)
        .header_bytes_max(std::size_t{16} << 10U);
    if (how.per_address_max > 0)
        limited.requests_per_second_max(address_requests_per_second, 2 * how.per_address_max);
    return limited;
}

async<> restart_when_set(patio::event& stop, hall& everybody) {
    co_await stop.wait();
    everybody.restart();
}

}  // namespace

async<> serve(options how, patio::event& stop,
              patio::unique_function<void(const patio::endpoint&)> on_ready) {
    std::vector<patio::listener> doors;
    doors.push_back(patio::listener::open(how.listen));
    store kept = co_await store::open(how.data);
    hall everybody{kept, how.most};
    auto loading = everybody.load();
    co_await std::move(loading);
    on_ready(doors.front().local_endpoint());

    const auto body = [&](patio::task_group& group) -> async<> {
        group.spawn(everybody.run());
        group.spawn(restart_when_set(stop, everybody));
        auto limited = limits_of(how);
        limited.stop_on(stop);
        auto serving = http::serve(std::move(doors), make_site(everybody, how.origins), limited);
        co_await std::move(serving);
        everybody.close();  // what has been said is still stored
    };
    auto running = patio::with_task_group(body);
    co_await std::move(running);
    auto closing = kept.close();
    co_await std::move(closing);
}

}  // namespace chat
