// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

struct day {
    int date;
    long degrees = 0;
};

patio::async<std::vector<day>> forecast() {
    std::vector<day> week;
    for (int date = 1; date <= 7; ++date)
        week.push_back({date});
    const auto compute = [](day& one) { one.degrees = learn::crunch_numbers(one.date); };
    co_await patio::parallel_for(week.begin(), week.end(), compute);
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
