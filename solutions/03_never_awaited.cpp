// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> carry(std::string thing) {
    co_await patio::sleep(1s);
    learn::say(thing + " is at the post office");
}

patio::async<> errand() {
    auto letter = carry("the letter");
    auto parcel = carry("the parcel");
    co_await std::move(letter);
    co_await std::move(parcel);
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
