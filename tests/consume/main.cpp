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
patio::async<patio::stream> connect() {
    auto opened =
        co_await patio::open_connection("localhost", 443, patio::connect_options{}.tls(true));
    co_return opened;
}
