// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: patio: a destructor threw while its coroutine was being cancelled

#include <patio/core/async_generator.hpp>
#include <patio/testing/run.hpp>

#include <stdexcept>

namespace {

struct throws_at_its_end {
    ~throws_at_its_end() noexcept(false) { throw std::runtime_error{"from a destructor"}; }
};

patio::async_generator<int> careless() {
    const throws_at_its_end local;
    co_yield 1;
}

}  // namespace

int main() {
    patio::testing::run([]() -> patio::async<> {
        auto numbers = careless();
        co_await numbers.next();
    });
}
