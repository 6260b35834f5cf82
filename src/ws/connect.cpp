// SPDX-License-Identifier: MIT

#include <patio/ws/connect.hpp>

#include "opening.hpp"

#include <patio/core/error.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/http/url.hpp>

#include <string>
#include <utility>
#include <vector>

namespace patio::ws {

namespace {

/// The handshake is a request of HTTP. **Source** RFC 6455 section 3.
http::url http_url(std::string_view text) {
    const http::url asked = http::url::parse(text);
    if (asked.scheme() == "ws") return asked.with_scheme("http").without_fragment();
    if (asked.scheme() == "wss") return asked.with_scheme("https").without_fragment();
    throw error{errc::malformed, "a WebSocket's URL begins with ws:// or wss://"};
}

async<connection> open(http::client& by, http::url to, connect_options options,
                       http::headers fields) {
    const detail::client_opening opening{options};
    http::request asked{"GET", std::move(to)};
    asked.headers() = std::move(fields);
    for (const auto& [name, value] : opening.fields())
        asked.headers().set(name, value);
    http::response answer = co_await by.send(std::move(asked));
    std::vector<wire::ws::field> lines;
    for (const auto& [name, value] : answer.headers())
        lines.push_back({name, value});
    detail::agreement agreed = opening.check(answer.status(), lines);
    stream upgraded = answer.take_connection();
    co_return detail::make_connection(std::move(upgraded), std::move(agreed),
                                      detail::connection_of(options));
}

async<connection> open_alone(http::url to, connect_options options,
                             http::client_options http_options) {
    http::client by{std::move(http_options)};
    auto opening = open(by, std::move(to), std::move(options), {});
    connection opened = co_await std::move(opening);
    co_return opened;
}

}  // namespace

async<connection> connect(std::string_view url, connect_options options,
                          http::client_options http_options) {
    return open_alone(http_url(url), std::move(options), std::move(http_options));
}

async<connection> connect(http::client& by, std::string_view url, connect_options options,
                          http::headers fields) {
    return open(by, http_url(url), std::move(options), std::move(fields));
}

}  // namespace patio::ws
