// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

struct bakery {
    patio::event oven_is_full;
    patio::event cake_is_baked;
    patio::event evening;
};

patio::async<> keep_open(patio::listener door, bakery& shop) {
    const auto sell = [&shop](patio::stream customer) -> patio::async<> {
        while (auto cake = co_await customer.read_line()) {
            shop.oven_is_full.set();
            co_await shop.cake_is_baked.wait();
            co_await customer.write("here is your ", *cake, "\n");
        }
    };
    const auto options = patio::serve_options{}.stop_on(shop.evening).grace(1min);
    co_await patio::serve(std::move(door), sell, options);
    learn::say("closed");
}

// --- check

/// Orders a cake, and then it is evening.
patio::async<> buy(patio::endpoint at, bakery& shop) {
    patio::stream there = co_await patio::open_connection(at);
    co_await there.write("cake\n");
    co_await shop.oven_is_full.wait();
    shop.evening.set();
    for (int turn = 0; turn < 10; ++turn)
        co_await patio::yield();  // time enough to be cut off
    shop.cake_is_baked.set();
    try {
        if (auto answer = co_await there.read_line()) learn::say(*answer);
    } catch (const patio::error&) {  // the bakery has hung up
    }
}

patio::async<> day() {
    bakery shop;
    auto door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = door.local_endpoint();
    co_await patio::gather(keep_open(std::move(door), shop), buy(at, shop));
}

int main() {
    return learn::check(
        [] {
            learn::watch_really(day());
            const auto& said = learn::said();
            learn::expect(said.size() == 2 && said.front() == "here is your cake",
                          "the cake was thrown away: the bakery closed while it was in the oven");
        },
        "a server that stops in the orderly way finishes what it has begun.");
}
