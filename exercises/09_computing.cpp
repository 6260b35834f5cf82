// SPDX-License-Identifier: MIT
//
// TASK: Compute the forecast of a week on all processors while the loop goes on.
// HINT: `co_await patio::parallel_for(begin, end, f)` calls f with each item, on several threads
// at once, and waits for all. It takes the same three arguments as std::for_each.
// FAILS: crunch_numbers\(\) was called on the loop's thread

#include "support/learn.hpp"

#include <algorithm>

struct day {
    int date;
    long degrees = 0;
};

// TODO: std::for_each computes here, on the loop's thread. Let parallel_for take its place.
patio::async<std::vector<day>> forecast() {
    std::vector<day> week;
    for (int date = 1; date <= 7; ++date)
        week.push_back({date});
    const auto compute = [](day& one) { one.degrees = learn::crunch_numbers(one.date); };
    std::for_each(week.begin(), week.end(), compute);
    co_return week;
}

// --- check

int main() {
    return learn::check(
        [] {
            const std::vector<day> week = learn::watch(forecast());
            learn::expect(week.size() == 7, "a week has seven days");
            for (const day& one : week)
                learn::expect(one.degrees == learn::crunch_numbers(one.date),
                              "the forecast of day " + std::to_string(one.date) + " is wrong");
        },
        "the loop waits for computing, it does not compute.");
}
