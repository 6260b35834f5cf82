// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: patio: an async_generator was moved or destroyed while a task awaits its next item

#include <patio/core/async_generator.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>

namespace {

using namespace std::chrono_literals;

patio::async_generator<int> slow() {
    co_await patio::sleep(1h);
    co_yield 1;
}

patio::async<> ask(patio::async_generator<int>& numbers) { co_await numbers.next(); }

patio::async<> drop(std::unique_ptr<patio::async_generator<int>>& numbers) {
    co_await patio::yield();
    numbers.reset();
}

}  // namespace

int main() {
    patio::testing::run([]() -> patio::async<> {
        auto numbers = std::make_unique<patio::async_generator<int>>(slow());
        co_await patio::gather(ask(*numbers), drop(numbers));
    });
}
