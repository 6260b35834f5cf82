// SPDX-License-Identifier: MIT
//
// TASK: While the bread is in the oven, nobody serves the guests. Let the baker wait without
// keeping everyone.
// HINT: std::this_thread::sleep_for stops the whole thread. patio::sleep pauses one coroutine.
// FAILS: it said "the bread is in the oven", "the bread is baked", "guest 1

#include "support/learn.hpp"

#include <thread>

using namespace std::chrono_literals;

// TODO: one of these two waits is none that a coroutine should make.
patio::async<> bake() {
    learn::say("the bread is in the oven");
    std::this_thread::sleep_for(30ms);
    learn::say("the bread is baked");
    co_await patio::sleep(20ms);
    learn::say("the bread is cool");
}

patio::async<> serve() {
    learn::say("guest 1 has coffee");
    co_await patio::sleep(20ms);
    learn::say("guest 2 has coffee");
}

patio::async<> cafe() { co_await patio::gather(bake(), serve()); }

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(cafe());
            learn::expect_said({"the bread is in the oven", "guest 1 has coffee",
                                "guest 2 has coffee", "the bread is baked", "the bread is cool"},
                               "who blocks the thread keeps all coroutines");
            learn::expect_time(50ms, "the bread needs 30 ms to bake and 20 ms to cool");
        },
        "pause the coroutine, never the thread.");
}
