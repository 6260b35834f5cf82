// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a mutex was destroyed while tasks wait for a condition that will lock it
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
    std::optional<patio::mutex> m{std::in_place};
    patio::condition changed;
    const auto waiting = patio::create_task(wait(*m, changed));
    co_await patio::yield();
    m.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
