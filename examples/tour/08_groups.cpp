// SPDX-License-Identifier: MIT

// A group of tasks ends as one: a failing child cancels its siblings, and nothing is left behind.

#include "stations.hpp"

#include <patio/patio.hpp>

#include <stdexcept>

using namespace std::chrono_literals;
using tour::timeline;

namespace {

// show: children
patio::async<> worker(const char* name, timeline& line) {
    const timeline::bar bar{line, name};
    co_await patio::sleep(10s);
}

patio::async<> clumsy(timeline& line) {
    const timeline::bar bar{line, "clumsy"};
    co_await patio::sleep(200ms);
    throw std::runtime_error{"dropped the plates"};
}
// end

// show: group
patio::async<std::string> shift(timeline& line) {
    std::string outcome = "a quiet evening";
    try {
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            group.spawn(worker("cook", line));
            group.spawn(worker("porter", line));
            group.spawn(clumsy(line));
            co_return;  // the group waits for its children
        });
    } catch (const patio::exception_group& failures) {
        outcome = failures.what();
    }
    co_return outcome;
}
// end

}  // namespace

void tour::groups(stage& out) {
    out.say(
        "gather is for a handful of results. A task group is for tasks that come and go: it is "
        "left only when every task in it has ended, so none can be forgotten.");
    out.code("children");
    out.code("group");
    timeline line;
    const stopwatch clock;
    const std::string outcome = patio::run(shift(line));
    out.draw(line);
    out.say(
        "\nThe others were to sleep for ten seconds. They were cancelled, and the failure "
        "arrived where the group was awaited:");
    out.show(outcome);
    out.promise(clock.seconds() < 2, "the siblings were cancelled at once");
    out.promise(outcome.find("clumsy") != std::string::npos &&
                    outcome.find("dropped the plates") != std::string::npos,
                "the failure names its task and its reason");
}
