// SPDX-License-Identifier: MIT

// A sequence whose items take time to come.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

patio::async_generator<int> countdown(int from) {
    for (int i = from; i > 0; --i) {
        co_await patio::sleep(10ms);
        co_yield i;
    }
}

patio::async<> program() {
    auto numbers = countdown(3);
    while (auto number = co_await numbers.next())
        std::printf("%d\n", *number);
    std::printf("lift-off\n");
}

int main() { patio::run(program()); }
