// SPDX-License-Identifier: MIT

// Concurrency helps with waiting. Computing needs other cores: a thread pool.

#include "stations.hpp"

#include <patio/patio.hpp>

#include <algorithm>
#include <cstdint>
#include <thread>

using tour::timeline;

namespace {

constexpr double faster_enough = 0.85;  // of the time on one core

// show: compute
std::uint64_t compute() {  // a plain function that keeps a core busy
    std::uint64_t x = 1;
    for (int i = 0; i < 150'000'000; ++i)
        x = x * 6364136223846793005U + 1442695040888963407U;
    return x;
}

std::uint64_t compute_on(timeline& line, const char* label) {
    const timeline::bar bar{line, label};
    return compute();
}

patio::async<std::uint64_t> compute_in_loop(timeline& line, const char* label) {
    co_return compute_on(line, label);  // never waits: nobody else gets a turn
}
// end

patio::async<bool> with_gather(timeline& line) {
    // show: gather
    auto [a, b] = co_await patio::gather(compute_in_loop(line, "task 1"),  //
                                         compute_in_loop(line, "task 2"));
    // end
    co_return a == b;
}

patio::async<bool> with_threads(timeline& one, timeline& two) {
    // show: threads
    patio::thread_pool pool;  // as many threads as processors

    auto [a, b] = co_await patio::gather(  //
        pool.run([&] { return compute_on(one, "thread 1"); }),
        pool.run([&] { return compute_on(two, "thread 2"); }));
    // end
    co_return a == b;
}

}  // namespace

void tour::computing(stage& out) {
    out.say(
        "Some code is slow because it waits (I/O-bound), some because it computes (CPU-bound). "
        "Coroutines take turns on one thread: concurrency. They do not compute in parallel.");
    out.code("compute");
    out.code("gather");
    timeline turns;
    patio::run_options quiet;
    quiet.watchdog(patio::duration{});  // it would rightly complain
    const bool same_in_loop = patio::run(with_gather(turns), quiet);
    out.draw(turns);

    out.say(
        "\nA thread pool runs functions on other cores; co_await pauses the coroutine until its "
        "function has returned:");
    out.code("threads");
    timeline one;
    timeline two;
    bool same_on_threads = false;
    double parallel_seconds = 1e9;
    // Another program may have the other core just then: up to three tries.
    for (int i = 0; i < 3 && parallel_seconds > faster_enough * turns.seconds(); ++i) {
        one = timeline{};
        two = timeline{};
        const stopwatch clock;
        same_on_threads = patio::run(with_threads(one, two));
        parallel_seconds = clock.seconds();
    }
    out.draw(one, turns.seconds());
    out.draw(two, turns.seconds());

    out.promise(same_in_loop && same_on_threads, "all of them computed the same");
    const unsigned cores = std::thread::hardware_concurrency();
    if (cores < 2) {
        out.say("This machine has one core, so the threads could not be faster.");
    } else {
        out.promise(parallel_seconds < faster_enough * turns.seconds(),
                    text("on %u cores the threads took %.2f s instead of %.2f s", cores,
                         parallel_seconds, turns.seconds()));
    }
}
