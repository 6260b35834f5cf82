// SPDX-License-Identifier: MIT

#include "route.hpp"

#include "basic_credentials.hpp"
#include "client_call.hpp"
#include "connection_pool.hpp"
#include "http1_exchange.hpp"

#include <patio/core/error.hpp>
#include <patio/core/timeout.hpp>
#include <patio/http/percent_encoding.hpp>
#include <patio/http/response.hpp>
#include <patio/io/connect.hpp>

#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace patio::http::detail {

route route_to(const url& to, std::string_view method, const url* proxy) {
    route made;
    made.host = to.host_bare();
    made.port = to.port_or_default();
    made.is_secure = to.scheme() == "https";
    made.proxy = proxy;
    const bool asks_proxy = proxy != nullptr && (!made.is_secure || method == "CONNECT");
    if (proxy != nullptr) made.key.append(proxy->href()).append(" ");
    if (asks_proxy) {
        made.is_secure = false;  // what is behind the proxy is not this connection's affair
        return made;
    }
    made.is_tunnel = proxy != nullptr;
    made.key.append(to.scheme()).append("://").append(to.host_and_port());
    return made;
}

std::string credentials_for(const url& of) {
    if (!of.has_user()) return {};
    return basic_credentials(percent_decode(of.username()), percent_decode(of.password()));
}

namespace {

bool is_of_names(const std::error_code& code) noexcept {
    return code == errc::host_not_found || code == errc::name_server_failed;
}

async<stream> connect_to(const client_settings& settings, std::string host, std::uint16_t port,
                         request_phase& phase) {
    if (settings.connector != nullptr) {
        auto opening = (*settings.connector)(std::move(host), port);
        stream opened = co_await std::move(opening);
        co_return opened;
    }
    connect_options options = settings.connecting;
    options.tls(false);
    if (!settings.unix_path.empty()) {
        auto opening = open_unix_connection(settings.unix_path, std::move(options));
        stream opened = co_await std::move(opening);
        co_return opened;
    }
    try {
        auto opening = open_connection(std::move(host), port, std::move(options));
        stream opened = co_await std::move(opening);
        co_return opened;
    } catch (const error& failure) {
        if (is_of_names(failure.code())) phase = request_phase::resolving;
        throw;
    }
}

const stream_layer& layer_of(const client_settings& settings) {
    return settings.layer != nullptr ? *settings.layer : patio::detail::default_tls_layer();
}

wire::http::limits bounds_of(const client_settings& settings) {
    wire::http::limits bounds;
    bounds.header_bytes_max = settings.header_bytes_max;
    bounds.header_count_max = settings.header_count_max;
    return bounds;
}

/// Asks a proxy for a tunnel. **Source** RFC 9110 section 9.3.6.
async<stream> ask_for_tunnel(const client_settings& settings, const route& along, stream over) {
    auto carrying =
        std::make_unique<http1_connection>(std::move(over), bounds_of(settings), connection_slot{});
    http1_exchange asking{std::move(carrying)};
    std::string target = along.host;
    if (target.find(':') != std::string::npos) target = "[" + target + "]";
    target.append(":").append(std::to_string(along.port));
    const std::string credentials = credentials_for(*along.proxy);
    std::vector<wire::http::field> fields;
    fields.push_back({"Host", target});
    fields.push_back({"User-Agent", settings.user_agent});
    if (!credentials.empty()) fields.push_back({"Proxy-Authorization", credentials});
    outgoing_head head;
    head.method = "CONNECT";
    head.target = target;
    head.fields = &fields;
    auto sending = asking.send_head(head, {});
    co_await std::move(sending);
    response answer;
    for (bool is_final = false; !is_final;) {
        auto receiving = asking.receive_head(answer);
        co_await std::move(receiving);
        is_final = answer.status() >= 200;
    }
    stream tunnel = asking.take_connection();
    if (tunnel.is_closed()) {
        throw error{errc::refused, "the proxy gives no tunnel: " + std::to_string(answer.status()) +
                                       " " + std::string{answer.reason()}};
    }
    co_return tunnel;
}

async<stream> open_line(const client_settings& settings, const route& along, request_phase& phase) {
    const bool is_direct = along.proxy == nullptr;
    phase = request_phase::connecting;
    auto connecting = is_direct ? connect_to(settings, along.host, along.port, phase)
                                : connect_to(settings, std::string{along.proxy->host_bare()},
                                             along.proxy->port_or_default(), phase);
    stream line = co_await std::move(connecting);
    if (!is_direct && along.proxy->scheme() == "https") {
        phase = request_phase::handshake;
        auto greeting = layer_of(settings).start(line, std::string{along.proxy->host_bare()});
        co_await std::move(greeting);
    }
    if (along.is_tunnel) {
        phase = request_phase::connecting;
        auto asking = ask_for_tunnel(settings, along, std::move(line));
        line = co_await std::move(asking);
    }
    if (along.is_secure) {
        phase = request_phase::handshake;
        auto greeting = layer_of(settings).start(line, along.host);
        co_await std::move(greeting);
    }
    co_return line;
}

}  // namespace

async<std::unique_ptr<http1_connection>> open_route(const client_settings& settings,
                                                    const route& along, connection_slot slot,
                                                    request_phase& phase) {
    auto opening = move_on_after(settings.connect_timeout, open_line(settings, along, phase));
    std::optional<stream> line = co_await std::move(opening);
    if (!line) throw passed_limit{"connect_timeout"};
    auto made =
        std::make_unique<http1_connection>(std::move(*line), bounds_of(settings), std::move(slot));
    co_return made;
}

}  // namespace patio::http::detail
