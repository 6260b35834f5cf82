// SPDX-License-Identifier: MIT
//
// TASK: One cook drops the cake, the others stop, and the party learns why. Catch what the group
// throws, and say what() of it.
// HINT: A task group collects the failures of all its children and throws them together, as one
// patio::exception_group. Its what() names them.
// FAILS: it ended with an exception: 1 failure in a task group

#include "support/learn.hpp"

#include <stdexcept>

using namespace std::chrono_literals;

patio::async<> cook(std::string dish) {
    co_await patio::sleep(2h);
    learn::say(dish + " is done");
}

patio::async<> bake_cake() {
    co_await patio::sleep(1h);
    throw std::runtime_error{"the cake is on the floor"};
}

patio::async<> kitchen() {
    co_await patio::with_task_group([](patio::task_group& cooks) -> patio::async<> {
        cooks.spawn(cook, "soup");
        cooks.spawn(bake_cake);
        cooks.spawn(cook, "pie");
        co_return;
    });
}

// TODO: the failure comes in a group, even if it is the only one.
patio::async<> party() {
    try {
        co_await kitchen();
    } catch (const std::runtime_error& failure) {
        learn::say(failure.what());
    }
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(party());
            learn::expect_time(1h, "the others stop when the cake falls");
            learn::expect(learn::said().size() == 1 &&
                              learn::said()[0].find("on the floor") != std::string::npos,
                          "the party has to learn of the cake");
        },
        "a failing child cancels its siblings, and its failure arrives in a group.");
}
