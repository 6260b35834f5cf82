// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

#include <algorithm>

using namespace std::chrono_literals;

patio::async<> bake(patio::queue<int>& shelf) {
    for (int loaf = 1; loaf <= 20; ++loaf) {
        co_await patio::sleep(1min);
        co_await shelf.put(loaf);
        learn::say("put on the shelf");
    }
    shelf.shutdown();
}

patio::async<> sell(patio::queue<int>& shelf) {
    while (auto loaf = co_await shelf.next()) {
        learn::say("taken from the shelf");
        co_await patio::sleep(3min);
    }
}

patio::async<> bakery() {
    patio::queue<int> shelf{3};
    co_await patio::gather(bake(shelf), sell(shelf));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(bakery());
            int there = 0;
            int most = 0;
            for (const std::string& what : learn::said()) {
                there += what == "put on the shelf" ? 1 : -1;
                most = std::max(most, there);
            }
            learn::expect(learn::said().size() == 40, "all 20 loaves are to be baked and sold");
            learn::expect(most == 3, "there is room for 3 loaves, and at one time there were " +
                                         std::to_string(most));
            learn::expect_time(61min, "the shop should never wait for a loaf but the first");
        },
        "a bounded queue lets the fast one wait for the slow one.");
}
