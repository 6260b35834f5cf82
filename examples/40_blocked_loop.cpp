// SPDX-License-Identifier: MIT

// A call that blocks stops everybody, and the watchdog reports it while it does. On a thread of its
// own it stops nobody.

#include <patio/patio.hpp>

#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

int read_sensor() {  // knows nothing of coroutines, and keeps its thread
    std::this_thread::sleep_for(200ms);
    return 21;
}

patio::async<int> block_everybody() { co_return read_sensor(); }

patio::async<int> block_nobody() { co_return co_await patio::to_thread(read_sensor); }

patio::async<> count_rounds(int& rounds) {
    for (;;) {
        co_await patio::sleep(10ms);
        ++rounds;
    }
}

patio::async<> serve(patio::async<int> work) {
    int rounds = 0;
    // The first one that ends wins: the counting is cancelled.
    co_await patio::race(std::move(work), count_rounds(rounds));
    std::printf("meanwhile the others went on: %s\n", rounds > 1 ? "yes" : "no");
}

patio::async<> program() {
    co_await serve(block_everybody());
    co_await serve(block_nobody());
}

int main() { patio::run(program()); }
