// SPDX-License-Identifier: MIT
//
// TASK: Make tea: say "the kettle is on", wait 3 s, say "the tea is ready". The clock of the
// exercises jumps: 3 s count, but you need not wait for them.
// HINT: A function that returns patio::async<> pauses with `co_await patio::sleep(3s);`. In a
// program of your own, `int main() { patio::run(make_tea()); }` runs it.
// FAILS: it said nothing, and should say "the kettle is on"

#include "support/learn.hpp"

using namespace std::chrono_literals;

// TODO: say with learn::say("…"), pause with co_await. What stands here does nothing yet.
patio::async<> make_tea() { co_return; }

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(make_tea());
            learn::expect_story({{0s, "the kettle is on"}, {3s, "the tea is ready"}},
                                "tea has to draw for 3 s");
            learn::expect_time(3s, "nothing is left to do when the tea is ready");
        },
        "a coroutine is a function that can pause.");
}
