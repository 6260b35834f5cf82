// SPDX-License-Identifier: MIT

// A server that echoes, and clients that talk to it.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

patio::async<> echo(patio::stream peer) { co_await patio::copy(peer, peer); }

patio::async<> talk(patio::endpoint to, std::string word) {
    patio::stream server = co_await patio::open_connection(to);
    co_await server.write(word, "\n");
    const auto answer = co_await server.read_line();
    std::printf("said %s, heard %s\n", word.c_str(), answer ? answer->c_str() : "nothing");
    co_await server.close();  // the server's copy comes to its end
}

patio::async<> program() {
    // Port 0: the kernel chooses one. Each connection is served by a task of its own.
    auto server = co_await patio::start_server(echo, patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = server.endpoints().front();

    co_await patio::gather(talk(at, "hello"), talk(at, "bonjour"), talk(at, "salut"));

    server.stop();
    co_await server.wait_closed();
}

int main() { patio::run(program()); }
