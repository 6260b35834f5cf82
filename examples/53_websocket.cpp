// SPDX-License-Identifier: MIT

// A WebSocket beside pages: everybody hears what one says.

#include <patio/http/http.hpp>
#include <patio/patio.hpp>
#include <patio/ws/ws.hpp>

#include <cstdio>
#include <string>
#include <utility>

namespace http = patio::http;
namespace ws = patio::ws;

using room = patio::broadcast_sender<std::string>;

/// Tells a guest what is said in the room.
patio::async<> tell(ws::connection& guest, patio::broadcast_receiver<std::string> heard) {
    while (auto text = co_await heard.receive())
        co_await guest.send(*text);
}

/// Talks until the guest leaves. One who reads too slowly is asked to leave by the broadcast: its
/// item says how many were missed, and throws.
patio::async<> take_part(ws::connection guest, room said) {
    const auto both = [&](patio::task_group& group) -> patio::async<> {
        group.spawn(tell(guest, said.subscribe()));
        while (auto message = co_await guest.receive())
            said.send(std::move(message->data));
        group.cancel();
    };
    co_await patio::with_task_group(both);
}

patio::async<> program() {
    auto [said, unused] = patio::broadcast<std::string>(100);
    unused.close();  // each guest subscribes
    http::router site;
    site.get("/", [](http::request&) { return http::response::html("<h1>A room</h1>"); });
    site.get("/ws", [said_here = said](http::request& asked) {
        return ws::accept(asked, [said_here](ws::connection guest) -> patio::async<> {
            auto taking_part = take_part(std::move(guest), said_here);
            co_await std::move(taking_part);
        });
    });
    const auto here = patio::endpoint::parse("127.0.0.1:0");
    http::server serving = co_await http::start_server(std::move(site), here);

    const std::string url = "ws://127.0.0.1:" + std::to_string(serving.port()) + "/ws";
    ws::connection ada = co_await ws::connect(url);
    ws::connection grace = co_await ws::connect(url);
    co_await ada.send("hello");
    const auto first = co_await grace.receive();
    std::printf("grace hears: %s\n", first->data.c_str());
    co_await grace.close();
    co_await ada.close();
}

int main() { patio::run(program()); }
