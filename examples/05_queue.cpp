// SPDX-License-Identifier: MIT

// A producer and two consumers with a bounded queue between them.

#include <patio/patio.hpp>

#include <cstdio>

using namespace std::chrono_literals;

patio::async<> produce(patio::queue<int>& orders) {
    for (int order = 1; order <= 6; ++order) {
        co_await orders.put(order);  // waits while the queue is full
    }
    orders.shutdown();  // the consumers finish what is left
}

patio::async<> consume(const char* cook, patio::queue<int>& orders) {
    while (auto order = co_await orders.next()) {
        co_await patio::sleep(10ms);
        std::printf("%s made order %d\n", cook, *order);
    }
}

patio::async<> kitchen() {
    patio::queue<int> orders{2};  // declared outside of the gather: all three use it
    co_await patio::gather(produce(orders), consume("Ada", orders), consume("Bob", orders));
}

int main() { patio::run(kitchen()); }
