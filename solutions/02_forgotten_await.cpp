// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> wash(std::string dish) {
    co_await patio::sleep(1s);
    learn::say(dish + " is clean");
}

patio::async<> evening() {
    co_await wash("the pot");
    co_await wash("the pan");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(evening());
            learn::expect_said({"the pot is clean", "the pan is clean"},
                               "both are to be washed, the pot first");
            learn::expect_time(2s, "washing takes 1 s for each");
        },
        "calling a coroutine makes it, co_await runs it.");
}
