// SPDX-License-Identifier: MIT
//
// TASK: Three friends share a purse. Let each wait until there is enough in it for them.
// HINT: Being woken says that something has changed, not that it is enough: changed.wait(guard,
// predicate) looks again each time. The predicate is a lambda that says whether it is enough.
// FAILS: it said "Ada pays 5 of 1"

#include "support/learn.hpp"

using namespace std::chrono_literals;

struct purse {
    int coins = 0;
    patio::mutex lock;
    patio::condition changed;
};

patio::async<> earn(purse& shared) {
    for (int day = 1; day <= 10; ++day) {
        co_await patio::sleep(24h);
        const auto guard = co_await shared.lock.lock();
        ++shared.coins;
        shared.changed.notify_all();
    }
}

// TODO: the first coin wakes everybody. Let them go on waiting until there are enough.
patio::async<> spend(purse& shared, std::string who, int price) {
    auto guard = co_await shared.lock.lock();
    if (shared.coins < price) co_await shared.changed.wait(guard);
    learn::say(who + " pays " + std::to_string(price) + " of " + std::to_string(shared.coins));
    shared.coins -= price;
}

patio::async<> holidays() {
    purse shared;
    co_await patio::gather(spend(shared, "Ada", 5), spend(shared, "Ben", 3),
                           spend(shared, "Cid", 2), earn(shared));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(holidays());
            learn::expect_said({"Cid pays 2 of 2", "Ben pays 3 of 3", "Ada pays 5 of 5"},
                               "nobody can pay with coins that are not there yet");
            learn::expect_time(240h, "ten coins take ten days");
        },
        "who is woken looks again before he goes on.");
}
