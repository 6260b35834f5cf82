// SPDX-License-Identifier: MIT

// The WebSocket server on Patio, through its public headers only, with the limits that it has by
// default.
//
//     bench_http_patio_ws [--driver=uring|epoll] ws | --about

#include "../support/harness.hpp"
#include "patio_driver.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>
#include <patio/ws/ws.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace http = patio::http;
namespace ws = patio::ws;

patio::async<> echo(ws::connection peer) {
    while (auto message = co_await peer.receive())
        co_await peer.send(std::move(*message));
}

http::router make_site() {
    http::router site;
    site.get("/ws", [](http::request& asked) {
        ws::accept_options options;
        options.connection(ws::connection_options{}.no_compression());
        return ws::accept(asked, &echo, std::move(options));
    });
    return site;
}

patio::async<> serve() {
    const auto at = patio::endpoint::parse("127.0.0.1:0");
    std::vector<patio::listener> doors;
    doors.push_back(patio::listener::open(at, patio::listen_options{}.backlog(4096)));
    std::printf("listening %d\n", int{doors.front().local_endpoint().port()});
    std::fflush(stdout);
    auto serving = http::serve(std::move(doors), make_site());
    co_await std::move(serving);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    patio::run_options options;
    const std::string driver = take_driver(words, options);
    if (words == std::vector<std::string>{"--about"}) {
        std::printf("Patio, %s (%s)\n", driver.c_str(), bench::compiler);
        return 0;
    }
    if (words != std::vector<std::string>{"ws"}) return 3;
    patio::run(serve(), options);
}
