// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a semaphore was destroyed while tasks wait for it: 'waiting' \(
#include <patio/core/sync/semaphore.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> wait(patio::semaphore& seats) { auto permit = co_await seats.acquire(); }

patio::async<> program() {
    std::optional<patio::semaphore> seats{std::in_place, 0U};
    const auto waiting = patio::create_task(wait(*seats));
    waiting.set_name("waiting");
    co_await patio::yield();
    seats.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
