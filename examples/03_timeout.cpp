// SPDX-License-Identifier: MIT

// Limits in time, and what they leave behind: nothing.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

struct connection {
    ~connection() { std::printf("connection closed\n"); }
};

patio::async<int> ask_slow_server() {
    const connection open;
    co_await patio::sleep(1h);
    co_return 42;
}

patio::async<> program() {
    try {
        const int answer = co_await patio::timeout(50ms, ask_slow_server());
        std::printf("the answer is %d\n", answer);
    } catch (const patio::timed_out&) {
        std::printf("too slow\n");  // the connection is closed already
    }

    // Or without an exception: an empty optional.
    auto answer = co_await patio::move_on_after(50ms, ask_slow_server());
    if (!answer) std::printf("still too slow\n");
}

int main() { patio::run(program()); }
