// SPDX-License-Identifier: MIT
//
// TASK: Two things are to be carried to the post office, and one stays at home. Find out which,
// and have it carried, too.
// HINT: A coroutine in a variable waits to be awaited: `co_await std::move(letter);`. Without
// std::move the compiler refuses it, since a coroutine runs only once.
// FAILS: coroutine .*carry.* was never awaited

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> carry(std::string thing) {
    co_await patio::sleep(1s);
    learn::say(thing + " is at the post office");
}

// TODO: the compiler does not complain, since both are kept. Read the report.
patio::async<> errand() {
    auto letter = carry("the letter");
    auto parcel = carry("the parcel");
    co_await std::move(letter);
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(errand());
            learn::expect_said(
                {"the letter is at the post office", "the parcel is at the post office"},
                "both are to be carried");
        },
        "a coroutine that is kept has not begun yet.");
}
