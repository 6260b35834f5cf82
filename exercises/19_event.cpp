// SPDX-License-Identifier: MIT
//
// TASK: Nobody should look at the shop's door every ten minutes: let all wait for the one event.
// HINT: patio::event has set() and wait(). Everyone who waits goes on when somebody sets it.
// FAILS: it took 2 h, and should take 1 h 58 min

#include "support/learn.hpp"

using namespace std::chrono_literals;

// TODO: make an event of this, and wait for it instead of looking.
struct shop {
    bool is_open = false;
};

patio::async<> keep_shop(shop& bakery, patio::duration until_nine) {
    co_await patio::sleep(until_nine);
    bakery.is_open = true;
}

patio::async<> shop_for(shop& bakery, std::string bread) {
    while (!bakery.is_open)
        co_await patio::sleep(10min);
    learn::say(bread + ", please");
}

patio::async<> morning(patio::duration until_nine) {
    shop bakery;
    co_await patio::gather(shop_for(bakery, "a roll"), shop_for(bakery, "a loaf"),
                           shop_for(bakery, "a pretzel"), keep_shop(bakery, until_nine));
}

// --- check

int main() {
    return learn::check(
        [] {
            const patio::duration until_nine = 118min + 1ns;  // no time to be met by looking often
            learn::watch(morning(until_nine));
            learn::expect_time(until_nine, "who looks now and then comes too late");
            learn::expect_said({"a roll, please", "a loaf, please", "a pretzel, please"},
                               "all three want their bread");
        },
        "an event wakes everyone who waits for it, at once.");
}
