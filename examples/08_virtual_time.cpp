// SPDX-License-Identifier: MIT

// A test of an hour's waiting that takes microseconds.

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <cstdio>

using namespace std::chrono_literals;

patio::async<int> retry(int attempts) {
    for (int attempt = 1; attempt < attempts; ++attempt)
        co_await patio::sleep(20min);
    co_return attempts;
}

int main() {
    // The clock jumps to the next deadline whenever everybody waits.
    const int attempts = patio::testing::run(retry(4));
    std::printf("gave up after %d attempts\n", attempts);

    // Or step by step.
    patio::testing::test_loop loop;
    auto task = loop.spawn(retry(4));
    loop.advance(59min);
    const bool was_done_early = task.done();
    loop.advance(1min);
    std::printf("after 59 minutes: %s, after 60: %s\n", was_done_early ? "done" : "waiting",
                task.done() ? "done" : "waiting");
    return attempts == 4 && !was_done_early && task.done() ? 0 : 1;
}
