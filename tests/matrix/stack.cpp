// SPDX-License-Identifier: MIT
//
// No number of awaits may overflow the stack. Whether one coroutine's transfer to the next is a
// tail call depends on compiler, level and sanitizer; where it is not, the library must notice.

#include <patio/core/async.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::async;

constexpr int in_a_loop = 1'000'000;
constexpr int nested = 100'000;
// Destroying a frame destroys the one that it awaits within its own destructor, on the stack.
constexpr int nested_destructors = 2'000;

int destroyed_count = 0;

struct counts_its_end {
    counts_its_end() = default;
    counts_its_end(const counts_its_end&) = delete;
    counts_its_end& operator=(const counts_its_end&) = delete;
    ~counts_its_end() { ++destroyed_count; }
};

void demand(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::exit(1);
}

async<int> same(int value) { co_return value; }

async<int> sum_of_awaits(int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        const int one = co_await same(1);
        sum += one;
    }
    co_return sum;
}

// How the innermost of many frames behaves.
enum class bottom { returns, waits, throws };

async<int> depth(int left, bottom end) {
    const counts_its_end guard;
    if (left == 0) {
        if (end == bottom::waits) co_await patio::sleep(1h);
        if (end == bottom::throws) throw std::runtime_error{"from the bottom"};
        co_return 0;
    }
    const int below = co_await depth(left - 1, end);
    co_return below + 1;
}

async<> awaits_in_a_loop() {
    const int sum = co_await sum_of_awaits(in_a_loop);
    demand(sum == in_a_loop, "every await in a loop gives its result");
}

async<> nested_awaits() {
    const int found = co_await depth(nested, bottom::returns);
    demand(found == nested, "nested awaits return through every frame");
}

async<> nested_waits() {
    const int found = co_await depth(nested, bottom::waits);
    demand(found == nested, "a wait below many frames returns through every one");
}

async<> nested_failure() {
    bool has_thrown = false;
    try {
        // The exception is what is looked at.
        (void)co_await depth(nested, bottom::throws);
    } catch (const std::runtime_error&) {
        has_thrown = true;
    }
    demand(has_thrown, "an exception passes through every frame");
}

async<> nested_cancellation() {
    destroyed_count = 0;
    const auto found = co_await patio::move_on_after(1s, depth(nested_destructors, bottom::waits));
    demand(!found.has_value(), "the timeout ends the wait");
    demand(destroyed_count == nested_destructors + 1, "cancellation destroys every frame");
}

async<> many_at_once() {
    std::vector<async<int>> all;
    for (int i = 0; i < nested; ++i) {
        all.push_back(same(i));
    }
    const auto values = co_await patio::gather(std::move(all));
    demand(values.size() == nested && values.back() == nested - 1, "gather keeps the order");
}

}  // namespace

int main() {
    patio::testing::run(awaits_in_a_loop());
    patio::testing::run(nested_awaits());
    patio::testing::run(nested_waits());
    patio::testing::run(nested_failure());
    patio::testing::run(nested_cancellation());
    patio::testing::run(many_at_once());
}
