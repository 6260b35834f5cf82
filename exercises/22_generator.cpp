// SPDX-License-Identifier: MIT
//
// TASK: The weather station measures every hour. Warn at the first frost, not a day later.
// HINT: An async_generator<int> gives each value with co_yield. Call it once, and
// `while (auto value = co_await g.next())` asks for one value after the other.
// FAILS: it said "7 degrees" after 24 h, and should say it after 1 h

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<int> measure(int hour) {
    co_await patio::sleep(1h);
    co_return 9 - 2 * hour;
}

// TODO: give each value as soon as it is there, and take them one by one in watch_for_frost().
patio::async<std::vector<int>> temperatures() {
    std::vector<int> all;
    for (int hour = 1; hour <= 24; ++hour)
        all.push_back(co_await measure(hour));
    co_return all;
}

patio::async<> watch_for_frost() {
    for (const int degrees : co_await temperatures()) {
        learn::say(std::to_string(degrees) + " degrees");
        if (degrees < 0) break;
    }
    learn::say("cover the roses");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(watch_for_frost());
            learn::expect_story({{1h, "7 degrees"},
                                 {2h, "5 degrees"},
                                 {3h, "3 degrees"},
                                 {4h, "1 degrees"},
                                 {5h, "-1 degrees"},
                                 {5h, "cover the roses"}},
                                "each value is news as soon as it is measured");
        },
        "a generator gives each value when it is there, and stops when nobody asks.");
}
