// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a condition was destroyed while tasks wait for it: 'waiting' \(
#include <patio/core/sync/condition.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> wait(patio::mutex& m, patio::condition& changed) {
    auto guard = co_await m.lock();
    co_await changed.wait(guard);
}

patio::async<> program() {
    patio::mutex m;
    std::optional<patio::condition> changed{std::in_place};
    const auto waiting = patio::create_task(wait(m, *changed));
    waiting.set_name("waiting");
    co_await patio::yield();
    changed.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
