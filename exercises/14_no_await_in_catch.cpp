// SPDX-License-Identifier: MIT
//
// TASK: If the train fails, a letter tells why. C++ allows no co_await in a catch block; write the
// letter after it.
// HINT: Keep the text of the failure in a std::optional<std::string> that is declared before the
// try block. Look at it after the catch block.
// REFUSED: cannot be used in the handler of a try block|not permitted in handlers

#include "support/learn.hpp"

#include <optional>
#include <stdexcept>

using namespace std::chrono_literals;

patio::async<> take_the_train() {
    co_await patio::sleep(1h);
    throw std::runtime_error{"snow on the rails"};
}

patio::async<> write_letter(std::string why) {
    co_await patio::sleep(10min);
    learn::say("I come later: " + why);
}

// TODO: leave the catch block before you wait.
patio::async<> journey() {
    try {
        co_await take_the_train();
        learn::say("I am there");
    } catch (const std::exception& failure) {
        co_await write_letter(failure.what());
    }
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(journey());
            learn::expect_said({"I come later: snow on the rails"}, "the letter has to tell why");
            learn::expect_time(70min, "an hour in the train, ten minutes for the letter");
        },
        "catch, keep the failure, and wait after the catch block.");
}
