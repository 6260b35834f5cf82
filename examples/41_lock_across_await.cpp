// SPDX-License-Identifier: MIT

// A std::mutex that is held across a co_await stops the thread on which it would be unlocked. A
// patio::mutex lets the second task wait.

#include <patio/patio.hpp>

#include <cstdio>
#include <cstdlib>
#include <mutex>

using namespace std::chrono_literals;

struct purse {
    int coins = 10;
    patio::mutex lock;
    std::mutex lock_of_threads;
};

patio::async<> pay(purse& from) {
    const auto guard = co_await from.lock.lock();
    const int coins = from.coins;
    co_await patio::sleep(10ms);  // asks the bank
    from.coins = coins - 1;
}

patio::async<> pay_and_hang(purse& from) {
    const std::lock_guard guard{from.lock_of_threads};
    const int coins = from.coins;
    co_await patio::sleep(10ms);  // steps aside, and the lock stays locked
    from.coins = coins - 1;
}

patio::async<> program() {
    purse ours;
    co_await patio::gather(pay(ours), pay(ours));
    std::printf("%d coins are left\n", ours.coins);
    co_await patio::gather(pay_and_hang(ours), pay_and_hang(ours));
    std::printf("this is never printed\n");
}

int main() {
    // The loop's thread will never go on; the watchdog has one of its own.
    const auto end = [](const patio::report& report) {
        std::printf("%s\n", report.text());
        std::fflush(stdout);
        std::_Exit(0);
    };
    patio::run(program(), patio::run_options{}.on_report(end));
    return 1;
}
