// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

class borrowed_key {
public:
    explicit borrowed_key(int& keys) : keys_{keys} { --keys_; }
    borrowed_key(const borrowed_key&) = delete;
    borrowed_key& operator=(const borrowed_key&) = delete;
    ~borrowed_key() { ++keys_; }

private:
    int& keys_;
};

patio::async<> clean_cellar(int& keys) {
    const borrowed_key key{keys};
    learn::say("keys on the board: " + std::to_string(keys));
    co_await patio::sleep(3h);
}

// --- check

patio::async<> look_at_board(int& keys) {
    co_await patio::sleep(30min);
    learn::say("and in the middle of the work: " + std::to_string(keys));
}

patio::async<> called_away(int& keys) {
    co_await patio::gather(patio::move_on_after(1h, clean_cellar(keys)), look_at_board(keys));
}

int main() {
    return learn::check(
        [] {
            int keys = 3;
            learn::watch(called_away(keys));
            learn::expect_said({"keys on the board: 2", "and in the middle of the work: 2"},
                               "who is in the cellar has a key");
            learn::expect(keys == 3, std::to_string(keys) +
                                         " of 3 keys hang on the board: one was not given back");
        },
        "cancellation runs destructors, not the next line.");
}
