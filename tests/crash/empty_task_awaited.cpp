// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: co_await of an empty coroutine or task handle
// expect-stderr: ^  at .*empty_task_awaited\.cpp:14 in .*await_nothing
// expect-stderr: ^  in task 'await_nothing'

#include <patio/core/task.hpp>
#include <patio/testing/run.hpp>

namespace {

patio::async<> await_nothing() {
    const patio::task<> nothing;
    co_await nothing;
}

}  // namespace

int main() { patio::testing::run(await_nothing()); }
