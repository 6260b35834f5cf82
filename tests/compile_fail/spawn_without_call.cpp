// SPDX-License-Identifier: MIT
// expect-clang: this takes a coroutine, f\(x\) or std::move\(made\), or a function that makes one
// expect-gcc: this takes a coroutine, f\(x\) or std::move\(made\), or a function that makes one

#include <patio/core/task_group.hpp>

int compute(int x) { return x; }

patio::async<> start() {
    co_await patio::with_task_group([](patio::task_group& group) -> patio::async<> {
        group.spawn(compute, 1);
        co_return;
    });
}
