// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<int> measure(int hour) {
    co_await patio::sleep(1h);
    co_return 9 - 2 * hour;
}

patio::async_generator<int> temperatures() {
    for (int hour = 1; hour <= 24; ++hour)
        co_yield co_await measure(hour);
}

patio::async<> watch_for_frost() {
    auto values = temperatures();
    while (auto degrees = co_await values.next()) {
        learn::say(std::to_string(*degrees) + " degrees");
        if (*degrees < 0) break;
    }
    learn::say("cover the roses");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(watch_for_frost());
            learn::expect_said({"7 degrees", "5 degrees", "3 degrees", "1 degrees", "-1 degrees",
                                "cover the roses"},
                               "the station measures every hour until there is frost");
            learn::expect_time(5h, "the fifth value is below zero, and nobody needs the others");
        },
        "a generator gives each value when it is there, and stops when nobody asks.");
}
