// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

patio::async<int> count_photos() { co_return co_await patio::to_thread(learn::slow_disk_read); }

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
