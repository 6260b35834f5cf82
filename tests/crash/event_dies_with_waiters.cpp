// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: an event was destroyed while tasks wait for it: 'first' \(event_dies
// expect-stderr: , 'second' \(event_dies_with_waiters\.cpp:\d+\)
#include <patio/core/sync/event.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> wait(patio::event& ready) { co_await ready.wait(); }

patio::async<> program() {
    std::optional<patio::event> ready{std::in_place};
    const auto first = patio::create_task(wait(*ready));
    const auto second = patio::create_task(wait(*ready));
    first.set_name("first");
    second.set_name("second");
    co_await patio::yield();
    ready.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
