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
            learn::expect_said({"the kettle is on", "the tea is ready"},
                               "nobody knows that there is tea");
            learn::expect_time(3s, "tea has to draw for 3 s");
        },
        "a coroutine is a function that can pause.");
}
