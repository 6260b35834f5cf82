// SPDX-License-Identifier: MIT
//
// TASK: The cellar takes three hours and the cleaner is called away (cancelled) after one, with
// the key. Let it hang on the board again in any case, but not before the work is over.
// HINT: A cancelled coroutine does not go on, but its local objects are destroyed. Write a small
// class whose constructor takes the key and whose destructor gives it back.
// FAILS: 2 of 3 keys hang on the board

#include "support/learn.hpp"

using namespace std::chrono_literals;

// TODO: the line after the sleep is never reached when the work is cancelled.
patio::async<> clean_cellar(int& keys) {
    --keys;
    learn::say("keys on the board: " + std::to_string(keys));
    co_await patio::sleep(3h);
    ++keys;
}

// --- check

patio::async<> look_at_board(int& keys) {
    co_await patio::sleep(30min);
    learn::say("and in the middle of the work: " + std::to_string(keys));
}

patio::async<> called_away(int& keys) {
    co_await patio::gather(patio::move_on_after(1h, clean_cellar(keys)), look_at_board(keys));
}

int main() {
    return learn::check(
        [] {
            int keys = 3;
            learn::watch(called_away(keys));
            learn::expect_said({"keys on the board: 2", "and in the middle of the work: 2"},
                               "who is in the cellar has a key");
            learn::expect(keys == 3, std::to_string(keys) +
                                         " of 3 keys hang on the board: one was not given back");
        },
        "cancellation runs destructors, not the next line.");
}
