// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

/// Keeps a forecast for an hour; so says its manual.
class cache {
public:
    explicit cache(patio::duration lifetime) : lifetime_{lifetime} {}
    void put(std::string text) {
        text_ = std::move(text);
        stored_ = patio::now();
    }
    [[nodiscard]] std::string get() const {
        return patio::now() - stored_ < lifetime_ ? text_ : "nothing";
    }

private:
    patio::duration lifetime_;
    patio::time_point stored_;
    std::string text_;
};

patio::async<bool> keeps_for_an_hour(cache tested) {
    tested.put("sunny");
    co_await patio::sleep(59min);
    const bool is_kept = tested.get() == "sunny";
    co_await patio::sleep(2min);
    const bool is_forgotten = tested.get() == "nothing";
    const bool does_both = is_kept && is_forgotten;
    co_return does_both;
}

// --- check

bool accepts(patio::duration lifetime) { return learn::watch(keeps_for_an_hour(cache{lifetime})); }

int main() {
    return learn::check(
        [] {
            learn::expect(accepts(1h), "the test rejects the right cache, which keeps for an hour");
            learn::expect(!accepts(patio::duration::forever()),
                          "the test accepts a cache that never forgets");
            learn::expect(!accepts(10min), "the test accepts a cache that keeps for ten minutes");
            learn::expect(!accepts(2h), "the test accepts a cache that keeps for two hours");
        },
        "a test on virtual time waits for hours in no time, and knows right from wrong.");
}
