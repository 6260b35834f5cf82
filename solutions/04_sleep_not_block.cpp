// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> bake() {
    learn::say("the bread is in the oven");
    co_await patio::sleep(30ms);
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
