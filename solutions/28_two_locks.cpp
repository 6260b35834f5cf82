// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

struct kitchen {
    patio::mutex knife;
    patio::mutex board;
};

patio::async<> cut_bread(kitchen& shared) {
    const auto knife = co_await shared.knife.lock();
    co_await patio::sleep(1min);  // sharpens it
    const auto board = co_await shared.board.lock();
    co_await patio::sleep(5min);
    learn::say("the bread is cut");
}

patio::async<> chop_onions(kitchen& shared) {
    const auto knife = co_await shared.knife.lock();
    const auto board = co_await shared.board.lock();
    co_await patio::sleep(1min);  // wipes it
    co_await patio::sleep(5min);
    learn::say("the onions are chopped");
}

patio::async<> cook() {
    kitchen shared;
    co_await patio::gather(cut_bread(shared), chop_onions(shared));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(cook());
            learn::expect_said({"the bread is cut", "the onions are chopped"},
                               "both cooks have work to do");
            learn::expect_time(12min, "each needs six minutes with the knife and the board");
        },
        "who takes several locks takes them in the same order as everybody else.");
}
