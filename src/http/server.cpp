// SPDX-License-Identifier: MIT

#include <patio/http/server.hpp>

#include "server_core.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/io/serve_on_each_loop.hpp>
#include <patio/io/server.hpp>

#include <optional>
#include <utility>

namespace patio::http {

namespace detail {

/// An HTTP server stands on one for connections, and tells it when to end.
struct running_server {
    std::shared_ptr<server_core> core;
    std::optional<patio::server> connections;

    [[nodiscard]] static server make_handle(std::shared_ptr<running_server> state) {
        return server{std::move(state)};
    }
};

namespace {

std::vector<listener> one(listener at) {
    std::vector<listener> all;
    all.push_back(std::move(at));
    return all;
}

/// Stops an HTTP server when its event is set.
async<> stop_when_set(std::shared_ptr<server_core> core, event& lower) {
    co_await core->settings().stop_on()->wait();
    core->stop();
    lower.set();
}

}  // namespace

async<> serve_all(std::vector<listener> at, std::unique_ptr<handler> by, serve_options options) {
    const auto core = std::make_shared<server_core>(std::move(by), options);
    event lower;
    patio::serve_options for_connections = core->settings().transport();
    for_connections.stop_on(lower);
    const auto serving = [&](task_group& watchers) -> async<> {
        if (core->settings().stop_on() != nullptr) watchers.spawn(stop_when_set(core, lower));
        const auto each = [core](stream peer) -> async<> {
            auto talking = serve_connection(core, std::move(peer));
            co_await std::move(talking);
        };
        auto connections = patio::serve(std::move(at), each, for_connections);
        co_await std::move(connections);
        watchers.cancel("the server has ended");
    };
    co_await with_task_group(serving);
}

async<> serve_at(endpoint at, std::unique_ptr<handler> by, serve_options options) {
    listener door = listener::open(at, serve_settings{options}.listening());
    auto serving = serve_all(one(std::move(door)), std::move(by), options);
    co_await std::move(serving);
}

async<server> start_serving(std::vector<listener> at, std::unique_ptr<handler> by,
                            serve_options options) {
    if (serve_settings{options}.stop_on() != nullptr) {
        throw usage_error{"start_server gives a server that can be stopped: call its stop()"};
    }
    auto state = std::make_shared<running_server>();
    state->core = std::make_shared<server_core>(std::move(by), options);
    const auto each = [core = state->core](stream peer) -> async<> {
        auto talking = serve_connection(core, std::move(peer));
        co_await std::move(talking);
    };
    auto starting = patio::start_server(each, std::move(at), state->core->settings().transport());
    state->connections = co_await std::move(starting);
    co_return running_server::make_handle(std::move(state));
}

async<server> start_serving_at(endpoint at, std::unique_ptr<handler> by, serve_options options) {
    listener door = listener::open(at, serve_settings{options}.listening());
    auto starting = start_serving(one(std::move(door)), std::move(by), options);
    server started = co_await std::move(starting);
    co_return started;
}

async<> serve_one(stream peer, std::unique_ptr<handler> by, serve_options options) {
    auto core = std::make_shared<server_core>(std::move(by), options);
    auto talking = serve_connection(std::move(core), std::move(peer));
    co_await std::move(talking);
}

serve_options sharing_a_port(const endpoint& at, serve_options options) {
    serve_settings settings{options};
    patio::serve_options lower = settings.transport();
    if (settings.stop_on() != nullptr) lower.stop_on(*settings.stop_on());
    patio::detail::check_for_each_loop(at, lower);
    options.listening(listen_options{settings.listening()}.reuse_port());
    return options;
}

}  // namespace detail

server::server(std::shared_ptr<detail::running_server> state) noexcept : state_{std::move(state)} {}

const std::vector<endpoint>& server::endpoints() const noexcept {
    return state_->connections->endpoints();
}
std::uint16_t server::port() const noexcept { return state_->connections->port(); }
std::size_t server::connection_count() const noexcept {
    return state_->connections->connection_count();
}
void server::stop() noexcept { stop(state_->core->settings().grace()); }
void server::stop(duration grace) noexcept {
    state_->core->stop();
    state_->connections->stop(grace);
}
async<> server::wait_closed() { return state_->connections->wait_closed(); }

}  // namespace patio::http
