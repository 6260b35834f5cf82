// SPDX-License-Identifier: MIT

// The WebSocket server on Patio, through its public headers only, with the limits that it has by
// default.
//
//     bench_http_patio_ws [--driver=uring|epoll] ws | --about

#include "patio_program.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>
#include <patio/ws/ws.hpp>

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
    auto serving = http::serve(open_door(), make_site());
    co_await std::move(serving);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words;
    patio::run_options options;
    if (!read_words(argc, argv, words, options)) return 0;
    if (words != std::vector<std::string>{"ws"}) return 3;
    patio::run(serve(), options);
}
