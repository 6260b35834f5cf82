// SPDX-License-Identifier: MIT

// Calling a coroutine runs nothing; co_await does.

#include "stations.hpp"

#include <patio/patio.hpp>

using namespace std::chrono_literals;

namespace {

// show: greet
patio::async<> greet(std::string& log) {
    log += "Hello!\n";
    co_await patio::sleep(200ms);  // pauses this function, not the program
    log += "...World!\n";
}
// end

// show: greeter
patio::async<std::string> greeter() {
    std::string log;
    log += "1: calling greet()\n";
    auto greeting = greet(log);  // makes a coroutine object, and that is all
    log += "2: greet() was called, nothing has run\n";
    co_await std::move(greeting);  // runs it, and pauses here until it has ended
    log += "3: greet() has ended\n";
    co_return log;
}
// end

}  // namespace

void tour::coroutine(stage& out) {
    out.say(
        "A function that contains co_await or co_return is a coroutine: it can pause and be "
        "resumed. Its result type is patio::async<T>.");
    out.code("greet");
    out.say("Calling it runs nothing. It gives an object; co_await runs that.");
    out.code("greeter");
    out.say(
        "patio::run(greeter()) makes an event loop, runs the coroutine to its end and returns "
        "what it returned:");
    const std::string log = patio::run(greeter());
    out.show(log);
    out.promise(log.find("2: greet() was called") < log.find("Hello!"),
                "nothing ran before the co_await");
}
