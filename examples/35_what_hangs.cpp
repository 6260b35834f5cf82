// SPDX-License-Identifier: MIT

// Four programs with something wrong, and what each of them is told. The messages come on standard
// error.

#include <patio/patio.hpp>

#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

// --- it hangs: everybody waits for everybody

patio::async<> ada(patio::mutex& knife, patio::mutex& board) {
    const auto first = co_await knife.lock();
    co_await patio::sleep(1ms);
    const auto second = co_await board.lock();
}

patio::async<> ben(patio::mutex& knife, patio::mutex& board) {
    const auto first = co_await board.lock();
    co_await patio::sleep(1ms);
    const auto second = co_await knife.lock();
}

patio::async<> two_cooks() {
    patio::mutex knife;
    patio::mutex board;
    co_await patio::gather(ada(knife, board), ben(knife, board));
}

// --- it stutters: a task keeps the thread

void read_the_scale() { std::this_thread::sleep_for(200ms); }

patio::async<> weigh() {
    co_await patio::sleep(1ms);
    read_the_scale();
}

// --- something does not happen: a coroutine that nobody awaits

patio::async<> ring_the_bell() { co_await patio::sleep(1ms); }

patio::async<> serve_dinner() {
    auto ringing = ring_the_bell();
    co_return;
}

// --- it is slow: who waits for what?

patio::async<> bake() { co_await patio::sleep(1h); }
patio::async<> oven() { co_await patio::timeout(2h, bake()); }

patio::async<> decorate(patio::queue<int>& cakes) {
    const int cake = co_await cakes.get();
    static_cast<void>(cake);
}

patio::async<> kitchen() {
    patio::queue<int> cakes{1};
    const auto body = [&](patio::task_group& group) -> patio::async<> {
        group.spawn(oven());
        group.spawn(decorate(cakes)).set_name("decorating");
        co_await patio::sleep(20ms);
        patio::dump_tasks();  // what Ctrl-\ prints
        group.cancel();
    };
    co_await patio::with_task_group(body);
}

int main() {
    try {
        patio::run(two_cooks());
    } catch (const patio::deadlock&) {
        std::puts("run() threw deadlock");
    }
    patio::run(weigh(), patio::run_options{}.watchdog(50ms));
    patio::run(serve_dinner());
    patio::run(kitchen());
}
