// SPDX-License-Identifier: MIT

// Cancels a task: destructors run, handlers do not, and who awaits the task is told why.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

struct connection {
    ~connection() { std::printf("connection closed\n"); }
};

patio::async<> talk() {
    const connection open;
    try {
        co_await patio::sleep(1h);
        std::printf("never printed\n");
    } catch (...) {
        std::printf("not printed either: nothing is thrown in here\n");
        throw;
    }
}

/// A library that tidies up in a handler, and that nobody may change.
patio::async<> old_library() {
    try {
        co_await patio::sleep(1h);
    } catch (...) {
        std::printf("the handler ran\n");
        throw;
    }
}

patio::async<> program() {
    co_await patio::with_task_group([](patio::task_group& group) -> patio::async<> {
        const patio::task<> talking = group.spawn(talk);
        co_await patio::sleep(1ms);
        talking.cancel("the guests have gone");
        try {
            co_await talking;  // waits until it has unwound
        } catch (const patio::task_cancelled& outcome) {
            std::printf("cancelled: %s\n", outcome.reason());
        }
    });
    co_await patio::move_on_after(1ms, patio::throwing_scope(old_library()));
}

int main() { patio::run(program()); }
