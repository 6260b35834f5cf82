// SPDX-License-Identifier: MIT

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

patio::async<> journey() {
    std::optional<std::string> trouble;
    try {
        co_await take_the_train();
        learn::say("I am there");
    } catch (const std::exception& failure) {
        trouble = failure.what();
    }
    if (trouble) co_await write_letter(*trouble);
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
