// SPDX-License-Identifier: MIT

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

patio::async<> party() {
    try {
        co_await kitchen();
    } catch (const patio::exception_group& failures) {
        learn::say(failures.what());
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
