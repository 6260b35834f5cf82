// SPDX-License-Identifier: MIT
// expect-clang: this takes a coroutine, f\(x\) or std::move\(made\), or a function that makes one
// expect-gcc: this takes a coroutine, f\(x\) or std::move\(made\), or a function that makes one

#include <patio/core/task_group.hpp>

void start() { patio::create_task(123); }
