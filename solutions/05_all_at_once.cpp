// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> cook(std::string dish) {
    learn::say(dish + " goes into the oven");
    co_await patio::sleep(2s);
    learn::say(dish + " is done");
}

patio::async<> dinner() { co_await patio::gather(cook("soup"), cook("pie"), cook("cake")); }

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
