// SPDX-License-Identifier: MIT
//
// TASK: Three dishes take 2 s each. Serve them after 2 s instead of 6.
// HINT: gather(a, b, c) takes coroutines, lets them wait at the same time, and waits for all.
// FAILS: it took 6 s, and should take 2 s

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> cook(std::string dish) {
    learn::say(dish + " goes into the oven");
    co_await patio::sleep(2s);
    learn::say(dish + " is done");
}

// TODO: one oven for each dish is free; let them cook at the same time.
patio::async<> dinner() {
    co_await cook("soup");
    co_await cook("pie");
    co_await cook("cake");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(dinner());
            learn::expect_time(2s, "each dish waits for the one before");
            learn::expect_said(
                {"soup goes into the oven", "pie goes into the oven", "cake goes into the oven",
                 "soup is done", "pie is done", "cake is done"},
                "all three dishes are to be cooked, in the order of the menu");
        },
        "who waits at the same time waits once.");
}
