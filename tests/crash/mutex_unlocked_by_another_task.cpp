// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a mutex is unlocked by task 'thief', but task 'owner' holds it
#include <patio/core/sync/mutex.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> program() {
    patio::mutex m;
    std::optional<patio::mutex::guard> shared;
    const auto owner = patio::create_task([&]() -> patio::async<> {
        shared = co_await m.lock();
        co_await patio::sleep(patio::duration::nanoseconds(1'000'000));
        shared.reset();
    });
    owner.set_name("owner");
    co_await patio::yield();
    const auto thief = patio::create_task([&]() -> patio::async<> {
        shared.reset();
        co_return;
    });
    thief.set_name("thief");
    co_await owner;
}

}  // namespace

int main() { patio::testing::run(program()); }
