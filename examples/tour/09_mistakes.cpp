// SPDX-License-Identifier: MIT

// The four mistakes of every beginner, and one of everybody else, each with what the tool says.

#include "stations.hpp"

#include <patio/patio.hpp>

using namespace std::chrono_literals;

namespace {

// show: forgotten
patio::async<> greet() { co_await patio::sleep(10ms); }

patio::async<> forgetful() {
    auto greeting = greet();  // made, kept, never awaited
    co_return;
}
// end

// show: deadlock
patio::async<> eat(const char* name, patio::mutex& first, patio::mutex& second) {
    patio::current_task().set_name(name);
    auto left = co_await first.lock();
    co_await patio::sleep(10ms);
    auto right = co_await second.lock();
}

patio::async<> two_philosophers() {
    patio::mutex fork;
    patio::mutex knife;
    co_await patio::gather(eat("Kant", fork, knife), eat("Hume", knife, fork));
}
// end

}  // namespace

void tour::mistakes(stage& out) {
    out.say("Forgetting co_await, as in `patio::sleep(1s);` alone on a line. The compiler says:");
    const auto discarded = compiler_says("forgotten_co_await");
    out.show(discarded);
    out.promise(discarded.find("co_await") != discarded.npos, "it says what to write");

    out.say("\nUsing co_await in a plain function:");
    const auto outside = compiler_says("co_await_outside_coroutine");
    out.show(outside);
    out.promise(outside.find("coroutine") != outside.npos, "it does not compile");

    out.say("\nMaking a coroutine and never awaiting it compiles. At run time you read:");
    out.code("forgotten");
    std::string reported;
    patio::run_options options;
    options.on_report([&](const patio::report& report) { reported += report.text(); });
    patio::run(forgetful(), options);
    out.show(reported);
    out.promise(reported.find("greet()") != std::string::npos, "the coroutine is named");

    out.say(
        "\n(Blocking the loop, the fourth, was station 5.) And when everybody waits for "
        "everybody:");
    out.code("deadlock");
    std::string stuck;
    patio::run_options silent;
    silent.on_report([](const patio::report&) {});
    try {
        patio::run(two_philosophers(), silent);
    } catch (const patio::deadlock& report) {
        stuck = report.what();
    }
    out.show(stuck);
    out.promise(stuck.find("Hume") != std::string::npos, "run() ended with a report, not never");
}
