// SPDX-License-Identifier: MIT

// A timeout unwinds what it cuts off: destructors run, like a return in the middle.

#include "stations.hpp"

#include <patio/patio.hpp>

using namespace std::chrono_literals;

namespace {

// show: oven
struct oven {
    explicit oven(std::string& diary) : log{diary} { log += "oven on\n"; }
    ~oven() { log += "oven off\n"; }
    std::string& log;
};

patio::async<> bake(std::string& log) {
    const oven hot{log};
    co_await patio::sleep(1h);
    log += "cake ready\n";
}

patio::async<> cook(std::string& log) {
    log += "cook begins\n";
    co_await bake(log);
    log += "cook ends\n";
}
// end

// show: timeout
patio::async<> evening(std::string& log) {
    try {
        co_await patio::timeout(200ms, cook(log));
    } catch (const patio::timed_out&) {
        log += "no cake tonight\n";
    }
}
// end

// show: race
patio::async<std::string> ask(const char* mirror, patio::duration time) {
    co_await patio::sleep(time);
    co_return mirror;
}

patio::async<std::size_t> fastest() {
    auto answer = co_await patio::race(ask("far", 10s), ask("near", 50ms));
    co_return answer.index();  // the other one has been cancelled and has ended
}
// end

}  // namespace

void tour::timeouts(stage& out) {
    out.say(
        "Whatever waits can be cancelled. The frames between the wait and the timeout are "
        "destroyed, innermost first: destructors do the cleaning up, as they do everywhere in "
        "C++.");
    out.code("oven");
    out.code("timeout");
    std::string log;
    const stopwatch clock;
    patio::run(evening(log));
    out.show(log);
    out.promise(log == "cook begins\noven on\noven off\nno cake tonight\n" && clock.seconds() < 2,
                "the oven was turned off, then the timeout was thrown");

    out.say("\nThe same machinery lets the first of several win:");
    out.code("race");
    const stopwatch race_clock;
    const std::size_t winner = patio::run(fastest());
    const double seconds = race_clock.seconds();
    out.promise(
        winner == 1 && seconds < 2,
        text("the near mirror answered after %.2f s, the far one was not waited for", seconds));
}
