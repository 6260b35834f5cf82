// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<int> ask(std::string station, patio::duration way, int degrees) {
    co_await patio::sleep(way);
    learn::say("the " + station + " answers");
    co_return degrees;
}

patio::async<std::string> bulletin() {
    auto [mountain, hill, valley] =
        co_await patio::gather(ask("mountain", 3s, -4), ask("hill", 2s, 7), ask("valley", 1s, 15));
    co_return "valley " + std::to_string(valley) + ", hill " + std::to_string(hill) +
        ", mountain " + std::to_string(mountain);
}

// --- check

int main() {
    return learn::check(
        [] {
            const std::string text = learn::watch(bulletin());
            learn::expect(
                text == "valley 15, hill 7, mountain -4",
                "the bulletin says \"" + text + "\", and it is not the mountain that is warm");
            learn::expect_time(3s, "all three are to be asked at the same time");
        },
        "results come in the order of the arguments.");
}
