// SPDX-License-Identifier: MIT

// Functions that block: on a thread, where they can be told to stop, and by mistake on the loop.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>
#include <thread>

using namespace std::chrono_literals;

/// Made by somebody who knows nothing of loops.
std::string read_sensor(std::string name) {
    std::this_thread::sleep_for(20ms);
    return name + ": 21 degrees";
}

/// Looks now and then whether somebody still wants its result.
int count_sheep(patio::stop_signal stop) {
    int sheep = 0;
    while (!stop.requested()) {
        std::this_thread::sleep_for(1ms);
        ++sheep;
    }
    return sheep;
}

patio::async<> lazy() {
    std::this_thread::sleep_for(300ms);  // keeps the loop's thread, and so everybody
    co_return;
}

patio::async<> program() {
    auto [cellar, attic] = co_await patio::gather(patio::to_thread(read_sensor, "cellar"),
                                                  patio::to_thread(read_sensor, "attic"));
    std::printf("%s, %s\n", cellar.c_str(), attic.c_str());

    const auto sheep = co_await patio::move_on_after(20ms, patio::to_thread(count_sheep));
    std::printf("%s\n", sheep ? "counted" : "stopped counting");

    co_await lazy();
}

int main() { patio::run(program()); }
