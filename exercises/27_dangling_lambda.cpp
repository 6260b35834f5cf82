// SPDX-License-Identifier: MIT
//
// TASK: The guests reserve a table, and when they come there is none. Let each table live as long
// as its guest's coroutine.
// HINT: Captures live in the lambda, and each lambda dies at the end of its round of the for loop.
// Parameters live in the coroutine.
// FAILS: it said "0 tables are reserved"

#include "support/learn.hpp"

using namespace std::chrono_literals;

/// A reserved table, for as long as this object lives.
class table {
public:
    table() { ++count; }
    table(table&& other) noexcept : is_mine_{std::exchange(other.is_mine_, false)} {}
    ~table() { count -= is_mine_ ? 1 : 0; }

    static inline int count = 0;

private:
    bool is_mine_ = true;
};

// TODO: let the table be a parameter of the coroutine, and no capture of the lambda.
patio::async<> evening() {
    std::vector<patio::async<>> guests;
    for (int i = 0; i < 3; ++i) {
        auto dine = [reserved = table{}]() -> patio::async<> {
            co_await patio::sleep(1h);
            learn::say(std::to_string(table::count) + " tables are reserved");
            co_await patio::sleep(2h);
        };
        guests.push_back(dine());
    }
    co_await patio::gather(std::move(guests));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(evening());
            const std::string right = "3 tables are reserved";
            learn::expect_said(
                {right, right, right},
                "when the guests come, the lambdas are gone, and their captures too");
            learn::expect_time(3h, "the guests come after an hour and stay for two");
            learn::expect(table::count == 0, "a table is still reserved when all have left");
        },
        "parameters live in the coroutine; captures live in a lambda that may die before it.");
}
