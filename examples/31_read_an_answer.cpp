// SPDX-License-Identifier: MIT

// A client: connects by name, reads by lines, separators and counts, and meets what can go wrong.

#include <patio/patio.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

patio::async<> answer(patio::stream peer) {
    co_await peer.read_line();
    co_await peer.write("200 fine\r\n", "Length: 11\r\n\r\n", "hello world");
    co_await peer.write("a line of twenty-four...\n");
}

patio::async<> ask(std::string host, std::uint16_t port) {
    const auto options =
        patio::connect_options{}.timeout(5s).limits(patio::stream_limits{}.line_bytes_max(20));
    patio::stream server = co_await patio::open_connection(std::move(host), port, options);
    co_await server.write("GET\n");

    const auto status = co_await server.read_line();
    const auto head = co_await server.read_until("\r\n\r\n");
    if (!status || !head) co_return;  // the server has hung up
    const std::string body = co_await server.read_exactly(11);
    std::printf("%s, %zu bytes of head, \"%s\"\n", status->c_str(), head->size(), body.c_str());

    try {
        co_await server.read_line();
    } catch (const patio::limit_exceeded& failure) {
        std::printf("%s\n", failure.what());
    }
    const std::string rest = co_await server.read_all();  // nothing was lost
    const auto more = co_await server.read_line();
    std::printf("%zu bytes, then %s\n", rest.size(), more ? "more" : "the end");
}

patio::async<> program() {
    auto server = co_await patio::start_server(answer, patio::endpoint::parse("127.0.0.1:0"));
    co_await ask("localhost", server.port());
    server.stop();
    co_await server.wait_closed();

    try {
        co_await ask("localhost", server.port());
    } catch (const patio::error& failure) {
        const bool is_refused = failure.code() == std::errc::connection_refused;
        std::printf("%s: %s\n", is_refused ? "nobody there" : "failed", failure.what());
    }
}

int main() { patio::run(program()); }
