// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a mutex was destroyed while task 'holder' holds it
#include <patio/core/sync/mutex.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <optional>

namespace {

patio::async<> hold(patio::mutex& m) {
    auto guard = co_await m.lock();
    co_await patio::sleep(patio::duration::nanoseconds(1'000'000));
}

patio::async<> program() {
    std::optional<patio::mutex> m{std::in_place};
    const auto holder = patio::create_task(hold(*m));
    holder.set_name("holder");
    co_await patio::yield();
    m.reset();
}

}  // namespace

int main() { patio::testing::run(program()); }
