// SPDX-License-Identifier: MIT
//
// TASK: Let the phone ring for 20 s at most. If nobody answers, say "nobody is there".
// HINT: `co_await patio::timeout(20s, call())` gives what the call gives, or throws
// patio::timed_out when it has cancelled it. Catch that.
// FAILS: it took 10 min, and should take 20 s

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<std::string> call() {
    learn::say("it rings");
    co_await patio::sleep(10min);  // a long phone
    co_return "hello?";
}

// TODO: do not listen for ten minutes.
patio::async<> phone() {
    const std::string answer = co_await call();
    learn::say(answer);
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(phone());
            learn::expect_time(20s, "nobody answers after 20 s");
            learn::expect_said({"it rings", "nobody is there"}, "somebody waits for the news");
        },
        "after a timeout the operation has really ended.");
}
