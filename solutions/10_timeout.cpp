// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<std::string> call() {
    learn::say("it rings");
    co_await patio::sleep(10min);  // a long phone
    co_return "hello?";
}

patio::async<> phone() {
    try {
        const std::string answer = co_await patio::timeout(20s, call());
        learn::say(answer);
    } catch (const patio::timed_out&) {
        learn::say("nobody is there");
    }
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
