// SPDX-License-Identifier: MIT
//
// TASK: The dishes do not get washed: the compiler refuses these calls. Do what it says.
// HINT: A call of a coroutine only makes it. `co_await` in front of the call runs it and waits.
// REFUSED: a coroutine does nothing until it is awaited

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> wash(std::string dish) {
    co_await patio::sleep(1s);
    learn::say(dish + " is clean");
}

// TODO: these are calls as in any other function. What is missing?
patio::async<> evening() {
    wash("the pot");
    wash("the pan");
    co_return;
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
