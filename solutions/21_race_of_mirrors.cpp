// SPDX-License-Identifier: MIT

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

patio::async<std::string> download() {
    std::vector<patio::async<std::string>> tries;
    tries.push_back(fetch("Oslo", 9s));
    tries.push_back(fetch("Paris", 1s));
    tries.push_back(fetch("Rome", 4s));
    auto first = co_await patio::race(std::move(tries));
    co_return first.value;
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
