// SPDX-License-Identifier: MIT
//
// TASK: Three mirrors have the same book. Take it from the one that answers first, and hang up on
// the others.
// HINT: race takes what gather takes. It gives the first result, as `value`, and cancels the
// others.
// FAILS: it took 9 s, and should take 1 s

#include "support/learn.hpp"

using namespace std::chrono_literals;

/// Says so when it ends, also if that is by cancellation.
struct connection {
    std::string mirror;
    ~connection() { learn::say("hung up on " + mirror); }
};

patio::async<std::string> fetch(std::string mirror, patio::duration delay) {
    const connection open{mirror};
    co_await patio::sleep(delay);
    co_return "the book from " + mirror;
}

// TODO: do not wait for the slow ones.
patio::async<std::string> download() {
    std::vector<patio::async<std::string>> tries;
    tries.push_back(fetch("Oslo", 9s));
    tries.push_back(fetch("Paris", 1s));
    tries.push_back(fetch("Rome", 4s));
    auto books = co_await patio::gather(std::move(tries));
    co_return books.front();
}

// --- check

int main() {
    return learn::check(
        [] {
            const std::string book = learn::watch(download());
            learn::expect_time(1s, "the fastest mirror answers after a second");
            learn::expect(book == "the book from Paris",
                          "you have " + book + ", and Paris is first");
            learn::expect(learn::said().size() == 3, "all three mirrors are to be asked");
        },
        "in a race the first one wins, and the losers are cancelled before it is over.");
}
