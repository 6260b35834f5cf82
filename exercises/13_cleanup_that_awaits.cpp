// SPDX-License-Identifier: MIT
//
// TASK: The baker is called away, and the oven stays hot. Let it cool down in any case.
// HINT: `co_await patio::finally(work(), cleanup)` awaits cleanup() after the work, also if that
// was cancelled: the work is called, cleanup is only named. A destructor cannot wait; this can.
// FAILS: it said "the oven is hot", and should say

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> bake() {
    learn::say("the oven is hot");
    co_await patio::sleep(3h);
}

patio::async<> cool_down() {
    co_await patio::sleep(10min);
    learn::say("the oven is cold");
}

// TODO: when the baking is cancelled, the second line is never reached.
patio::async<> shift() {
    co_await bake();
    co_await cool_down();
}

// --- check

patio::async<> called_away() { co_await patio::move_on_after(1h, shift()); }

int main() {
    return learn::check(
        [] {
            learn::watch(called_away());
            learn::expect_said({"the oven is hot", "the oven is cold"},
                               "a cancelled shift has to cool the oven too");
            learn::expect_time(70min, "one hour of work, ten minutes to cool down");
        },
        "cleanup that waits is given to finally.");
}
