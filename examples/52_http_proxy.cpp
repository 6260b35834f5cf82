// SPDX-License-Identifier: MIT

// Requests and responses have one type on both sides, so a handler may return what a client has
// received. Bodies stream through: neither is ever in memory as a whole.

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <cstdio>
#include <string>

namespace http = patio::http;
using namespace std::chrono_literals;

/// Ten pieces, a moment apart.
patio::async_generator<std::string> counting() {
    for (int i = 1; i <= 10; ++i) {
        co_yield std::to_string(i) + "\n";
        co_await patio::sleep(10ms);
    }
}

http::response origin(http::request&) { return http::response{http::body{counting()}}; }

patio::async<> program() {
    const auto here = patio::endpoint::parse("127.0.0.1:0");
    http::server behind = co_await http::start_server(origin, here);
    const auto upstream = http::url::parse("http://127.0.0.1:" + std::to_string(behind.port()));

    http::client client;
    const auto forward = [&](http::request& asked) -> patio::async<http::response> {
        const http::url elsewhere = upstream.resolve(asked.target());
        co_return co_await client.send(std::move(asked).to(elsewhere));
    };
    http::server proxy = co_await http::start_server(forward, here);

    const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port()) + "/count";
    http::response counted = co_await http::get(url);
    patio::stream lines = std::move(counted.body()).as_stream();
    int total = 0;
    while (auto line = co_await lines.read_line())
        total += std::stoi(*line);
    std::printf("the numbers came one by one, and are %d together\n", total);
}

int main() { patio::run(program()); }
