// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

patio::async<> echo(patio::stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

/// Port 0: the kernel chooses one. The server runs echo() as a task for each connection.
patio::async<patio::server> open_echo() {
    co_return co_await patio::start_server(echo, patio::endpoint::parse("127.0.0.1:0"));
}

// --- check

patio::async<std::string> ask(patio::stream& server, std::string word) {
    try {
        co_await server.write(word, "\n");
        auto line = co_await server.read_line();
        co_return line ? "\"" + *line + "\"" : "nothing";
    } catch (const patio::error&) {
        co_return "nothing";  // the server has hung up
    }
}

patio::async<> talk() {
    patio::server server = co_await open_echo();
    patio::stream there = co_await patio::open_connection(server.endpoints().front());
    for (std::string word : {"ring", "a ring o'", "rose"}) {
        const std::string heard = co_await ask(there, word);
        learn::expect(heard == "\"" + word + "\"",
                      "the client said \"" + word + "\", and the echo was " + heard);
    }
    co_await there.close();
    server.stop();
    co_await server.wait_closed();
}

int main() {
    return learn::check([] { learn::watch_really(talk()); },
                        "a handler is a conversation, from the first line to the end.");
}
