// SPDX-License-Identifier: MIT

// Cleanup that has to wait, and work that must not be interrupted.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

patio::async<> say_goodbye() {
    co_await patio::sleep(10ms);  // a last message to the peer
    std::printf("goodbye\n");
}

patio::async<> talk() {
    std::printf("talking\n");
    co_await patio::sleep(1h);
}

patio::async<> save() {
    co_await patio::sleep(30ms);
    std::printf("saved\n");
}

patio::async<> program() {
    // The cleanup runs whether talk() returns, throws or is cancelled, and has a second at most.
    co_await patio::move_on_after(20ms, patio::finally(talk(), say_goodbye, 1s));

    // The timeout waits for what is shielded.
    co_await patio::move_on_after(20ms, patio::shield(save()));
}

int main() { patio::run(program()); }
