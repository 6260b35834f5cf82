// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a queue was destroyed while tasks wait for it: 'getter' \(
#include <patio/core/sync/queue.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> get(patio::queue<int>& q) { static_cast<void>(co_await q.get()); }

patio::async<> program() {
    std::optional<patio::queue<int>> q{std::in_place, 1U};
    const auto getter = patio::create_task(get(*q));
    getter.set_name("getter");
    co_await patio::yield();
    q.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
