// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: an operation was moved after it had started$
// expect-stderr: ^  in task 'await_twice'

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <utility>

namespace {

using namespace std::chrono_literals;

patio::async<> await_twice() {
    auto nap = patio::sleep(1s);
    auto limited = patio::timeout(2s, std::move(nap));
    co_await limited;
    auto late = std::move(limited);
    co_await late;
}

}  // namespace

int main() { patio::testing::run(await_twice()); }
