// SPDX-License-Identifier: MIT

// Datagrams: ask, wait a little, ask again if nothing came.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

// Answers every second question, as networks sometimes do.
patio::async<> answer_sometimes(patio::udp_socket socket) {
    char memory[100];
    for (int count = 1;; ++count) {
        const patio::datagram question = co_await socket.receive(memory);
        if (count % 2 == 0) co_await socket.send_to("pong", question.from);
    }
}

patio::async<> ask(patio::endpoint to) {
    auto socket = patio::udp_socket::connect(to);
    char memory[100];
    for (int attempt = 1; attempt <= 5; ++attempt) {
        co_await socket.send("ping");
        auto answer = co_await patio::move_on_after(50ms, socket.receive(memory));
        if (answer) {
            std::printf("%.*s after %d attempts\n", static_cast<int>(answer->size), memory,
                        attempt);
            co_return;
        }
    }
    std::printf("nobody answers\n");
}

patio::async<> program() {
    auto socket = patio::udp_socket::bind(patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = socket.local_endpoint();
    // The first one that ends wins: the other one is cancelled.
    co_await patio::race(ask(at), answer_sometimes(std::move(socket)));
}

int main() { patio::run(program()); }
