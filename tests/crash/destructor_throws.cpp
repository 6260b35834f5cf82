// SPDX-License-Identifier: MIT
// The coroutine's own try block would swallow the exception and resume whoever awaits the frame
// that is being destroyed.
//
// expect-status: SIGABRT
// expect-stderr: ^patio: a destructor threw while its coroutine was being cancelled
// expect-stderr: ^  in task 'limit', which is being cancelled, spawned at
// expect-stderr: ^    limit, co_await at destructor_throws\.cpp:34 \(timeout\)$
// expect-no-stderr: not reached

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;

struct careless {
    ~careless() noexcept(false) { throw std::runtime_error{"from a destructor"}; }
};

patio::async<> hold() {
    const careless local;
    co_await patio::sleep(1h);
}

patio::async<> limit() {
    auto holding = hold();
    co_await patio::move_on_after(1s, std::move(holding));
    std::fputs("not reached\n", stderr);
}

}  // namespace

int main() { patio::testing::run(limit()); }
