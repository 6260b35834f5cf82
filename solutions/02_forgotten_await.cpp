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
            learn::expect_story({{1s, "the pot is clean"}, {2s, "the pan is clean"}},
                                "washing takes 1 s for each, and the pot is first");
        },
        "calling a coroutine makes it, co_await runs it.");
}
