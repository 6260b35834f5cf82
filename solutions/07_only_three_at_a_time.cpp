// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

patio::async<> read(patio::semaphore& desks, int page) {
    const auto desk = co_await desks.acquire();
    co_await patio::sleep(1s);
    learn::say("page " + std::to_string(page) +
               " is read; free desks: " + std::to_string(desks.available()));
}

patio::async<> read_all() {
    patio::semaphore desks{3};
    std::vector<patio::async<>> readers;
    for (int page = 1; page <= 9; ++page)
        readers.push_back(read(desks, page));
    co_await patio::gather(std::move(readers));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(read_all());
            learn::expect(learn::said().size() == 9, "all nine pages are to be read");
            learn::expect_time(3s, "nine pages of 1 s each, read three at a time");
            learn::expect(learn::said().front() == "page 1 is read; free desks: 0",
                          "there were free desks while three readers should have sat at them");
        },
        "a semaphore lets in as many as it has permits.");
}
