// SPDX-License-Identifier: MIT
//
// TASK: Let at most 4 guests through the gate in any second, and none wait longer than needed.
// HINT: Remember when the next guest may pass, in a patio::time_point; patio::now() is the time.
// Who comes takes the later of the two, moves it on by a quarter of a second for the next one, and
// sleeps for what is left.
// FAILS: 12 guests came through within one second

#include "support/learn.hpp"

#include <algorithm>

using namespace std::chrono_literals;

class gate {
public:
    // TODO: wait until it is this guest's turn. After a quiet time nobody may run either.
    patio::async<> pass() { co_return; }
};

// --- check

std::vector<patio::time_point> entries;

patio::async<> visit(gate& through) {
    co_await through.pass();
    entries.push_back(patio::now());
}

/// Twelve guests at once, a quiet time, and twelve more.
patio::async<> festival() {
    gate entrance;
    for (int bus = 0; bus < 2; ++bus) {
        std::vector<patio::async<>> guests;
        for (int i = 0; i < 12; ++i)
            guests.push_back(visit(entrance));
        co_await patio::gather(std::move(guests));
        co_await patio::sleep(1min);
    }
}

int main() {
    return learn::check(
        [] {
            learn::watch(festival());
            std::size_t most = 0;
            std::size_t from = 0;
            for (std::size_t to = 0; to < entries.size(); ++to) {
                while (entries[to] - entries[from] >= 1s)
                    ++from;
                most = std::max(most, to - from + 1);
            }
            learn::expect(entries.size() == 24, "all 24 guests want to come in");
            learn::expect(most <= 4,
                          std::to_string(most) + " guests came through within one second");
            learn::expect(learn::taken() <= 2min + 6s, "they waited longer than they had to");
        },
        "a rate is a time that each start moves on.");
}
