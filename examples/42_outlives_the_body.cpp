// SPDX-License-Identifier: MIT

// The children of a task group outlive the locals of its body: what they use is declared outside of
// the group.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

struct kitchen {
    ~kitchen() { std::printf("the kitchen is locked\n"); }
};

struct cook {
    explicit cook(const kitchen&) {}
    ~cook() { std::printf("the cook leaves it\n"); }
};

patio::async<> work(const kitchen& in) {
    const cook at_work{in};
    co_await patio::sleep(10ms);
}

patio::async<> declared_inside() {
    co_await patio::with_task_group([](patio::task_group& group) -> patio::async<> {
        const kitchen ours;  // is gone when the body ends, and the child goes on
        group.spawn(work(ours));
        co_await patio::yield();  // the cook is at work
    });
}

patio::async<> declared_outside() {
    const kitchen ours;
    co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
        group.spawn(work(ours));
        co_await patio::yield();
    });
}

patio::async<> program() {
    std::printf("declared inside:\n");
    co_await declared_inside();
    std::printf("declared outside:\n");
    co_await declared_outside();
}

int main() { patio::run(program()); }
