// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a loop was destroyed while 12 tasks were alive in it:
// expect-stderr:  'nap' at loop_dies_with_tasks\.cpp:\d+, 'nap' at .* and 7 more$

#include <patio/core/loop.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/virtual_time.hpp>

#include <chrono>

namespace {

using namespace std::chrono_literals;

patio::async<> nap() { co_await patio::sleep(1h); }

}  // namespace

int main() {
    patio::testing::virtual_time time;
    patio::loop loop{time, time};
    loop.enter();
    for (int i = 0; i < 12; ++i)
        patio::create_task(nap());
    loop.turn(false);
    loop.leave();
}
