// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a barrier was destroyed while tasks wait for it: 'waiting' \(
#include <patio/core/sync/barrier.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> wait(patio::barrier& gate) { co_await gate.wait(); }

patio::async<> program() {
    std::optional<patio::barrier> gate{std::in_place, 2U};
    const auto waiting = patio::create_task(wait(*gate));
    waiting.set_name("waiting");
    co_await patio::yield();
    gate.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
