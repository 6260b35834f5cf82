// SPDX-License-Identifier: MIT
#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

patio::async<int> add(int a, int b) {
    co_await patio::sleep(100ms);
    co_return a + b;
}

patio::async<> hello() {
    auto [x, y, z] = co_await patio::gather(add(1, 2), add(3, 4), add(5, 6));  // 100 ms, not 300
    std::printf("%d %d %d\n", x, y, z);
}

int main() { patio::run(hello()); }

// Never called: linking it needs what Patio itself is linked with.
patio::async<std::vector<patio::endpoint>> look_up() { return patio::resolve("localhost", 80); }
