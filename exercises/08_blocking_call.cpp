// SPDX-License-Identifier: MIT
//
// TASK: The disk is slow, and its function knows no coroutines. Read without keeping the loop.
// HINT: `co_await patio::to_thread(f)` calls f on another thread and gives what f returns. Give
// it the function and not its result: no parentheses behind f.
// FAILS: slow_disk_read\(\) was called on the loop's thread

#include "support/learn.hpp"

// TODO: learn::slow_disk_read() keeps its thread for 30 ms. Call it on one that has time.
patio::async<int> count_photos() { co_return learn::slow_disk_read(); }

patio::async<> show_album() {
    const int count = co_await count_photos();
    learn::say("there are " + std::to_string(count) + " photos");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(show_album());
            learn::expect_said({"there are 42 photos"}, "that is what the disk holds");
            learn::expect(learn::disk_reads() == 1, "nobody has asked the disk");
        },
        "what blocks goes to a thread, and the loop goes on.");
}
