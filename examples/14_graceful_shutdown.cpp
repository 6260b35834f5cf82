// SPDX-License-Identifier: MIT

// A server that ends in the orderly way when it is told to: no new connections, the old ones may
// finish.

#include <patio/patio.hpp>

#include <csignal>
#include <cstdio>

using namespace std::chrono_literals;

patio::async<> answer(patio::stream peer) {
    while (auto line = co_await peer.read_line()) {
        co_await patio::sleep(20ms);  // work that should not be lost
        co_await peer.write("done: ", *line, "\n");
    }
}

/// SIGHUP would mean "read the configuration again"; SIGTERM and Ctrl-C end it.
patio::async<> stop_on_signal(patio::event& stop) {
    patio::signals requests{SIGTERM, SIGINT, SIGHUP};
    while (auto number = co_await requests.next()) {
        if (*number == SIGHUP) continue;
        std::printf("stopping\n");
        stop.set();
        co_return;
    }
}

/// A client whose request is under way when the server is told to stop.
patio::async<> client(patio::endpoint at) {
    patio::stream server = co_await patio::open_connection(at);
    co_await server.write("first\n");
    auto line = co_await server.read_line();  // by now the server has taken the connection
    co_await server.write("second\n");
    std::raise(SIGTERM);  // as `kill` or a service manager would
    line = co_await server.read_line();
    std::printf("%s\n", line ? line->c_str() : "the answer was lost");
}

patio::async<> program() {
    patio::event stop;
    patio::listener door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = door.local_endpoint();
    const auto body = [&](patio::task_group& group) -> patio::async<> {
        group.spawn(stop_on_signal(stop));
        group.spawn(client(at));
        co_await patio::serve(std::move(door), answer,
                              patio::serve_options{}.stop_on(stop).grace(1s));
        std::printf("stopped\n");
    };
    co_await patio::with_task_group(body);
}

int main() { patio::run(program()); }
