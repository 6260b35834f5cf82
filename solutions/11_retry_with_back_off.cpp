// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

#include <stdexcept>

using namespace std::chrono_literals;

struct hut {
    int calls = 0;

    patio::async<int> temperature() {
        learn::say("call " + std::to_string(++calls));
        co_await patio::sleep(100ms);
        if (calls < 4) throw std::runtime_error{"the line is dead"};
        co_return -7;
    }
};

patio::async<int> ask(hut& mountain) {
    for (auto pause = 1s; pause <= 4s; pause *= 2) {
        try {
            co_return co_await mountain.temperature();
        } catch (const std::exception&) {
            learn::say("nothing but noise");
        }
        co_await patio::sleep(pause);
    }
    co_return co_await mountain.temperature();  // the last one may fail for good
}

// --- check

int main() {
    return learn::check(
        [] {
            hut mountain;
            const int degrees = learn::watch(ask(mountain));
            learn::expect(degrees == -7 && mountain.calls == 4,
                          "the hut says at the fourth call that it has -7 degrees");
            learn::expect_time(7400ms, "four calls of 0.4 s together, and pauses of 1, 2 and 4 s");
        },
        "who asks again waits longer each time.");
}
