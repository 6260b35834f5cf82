// SPDX-License-Identifier: MIT
//
// TASK: The mountain hut answers at the fourth call. Call again after 1 s, 2 s and 4 s.
// HINT: A loop of attempts: return the answer from a try block, catch std::exception, and after
// the catch block sleep for a time that doubles.
// FAILS: it ended with an exception: the line is dead

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

// TODO: the first failure need not be the end; wait a little longer after each.
patio::async<int> ask(hut& mountain) { co_return co_await mountain.temperature(); }

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
