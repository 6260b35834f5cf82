// SPDX-License-Identifier: MIT

#include <patio/ws/accept.hpp>

#include "opening.hpp"

#include <patio/ws/connection_closed.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace patio::ws::detail {

namespace {

std::vector<wire::ws::field> fields_of(const http::headers& all) {
    std::vector<wire::ws::field> fields;
    fields.reserve(all.size());
    for (const auto& [name, value] : all)
        fields.push_back({name, value});
    return fields;
}

/// What runs on the connection once it has switched. A connection that breaks is everyday life.
struct accepted {
    talk_function talk;
    agreement agreed;
    connection_options options;

    async<> run(stream upgraded) {
        try {
            auto talking = talk(make_connection(std::move(upgraded), agreed, options));
            co_await std::move(talking);
        } catch (const connection_closed&) {  // its end
        }
    }
};

}  // namespace

http::response accept_with(const http::request& asked, talk_function talk, accept_options options) {
    wire::ws::opening_request request;
    request.method = asked.method();
    const std::vector<wire::ws::field> fields = fields_of(asked.headers());
    request.lines = fields;
    server_opening opening = accept_opening(request, options);
    if (!opening.is_accepted()) {
        http::response refusal{opening.status, http::body{std::move(opening.text)}};
        for (const auto& [name, value] : opening.fields)
            refusal.headers().add(name, value);
        return refusal;
    }
    auto state = std::make_shared<accepted>();
    state->talk = std::move(talk);
    state->agreed = std::move(opening.agreed);
    state->options = connection_of(options);
    const auto run = [state](stream upgraded) -> async<> {
        auto running = state->run(std::move(upgraded));
        co_await std::move(running);
    };
    http::response answer = http::response::switch_protocol("websocket", run);
    for (const auto& [name, value] : opening.fields)
        answer.headers().set(name, value);
    return answer;
}

}  // namespace patio::ws::detail
