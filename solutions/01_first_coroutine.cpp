// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> make_tea() {
    learn::say("the kettle is on");
    co_await patio::sleep(3s);
    learn::say("the tea is ready");
}

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
