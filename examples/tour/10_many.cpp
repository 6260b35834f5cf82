// SPDX-License-Identifier: MIT

// Waiting is cheap: a hundred thousand tasks asleep on one thread.

#include "stations.hpp"

#include <patio/patio.hpp>

#include <unistd.h>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

constexpr int sleepers = 100'000;

/// The memory of this process that is in use, in bytes.
double resident_bytes() {
    long total_pages = 0;
    long resident_pages = 0;
    if (std::FILE* statm = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(statm, "%ld %ld", &total_pages, &resident_pages) != 2) resident_pages = 0;
        std::fclose(statm);
    }
    return static_cast<double>(resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// show: many
patio::async<> sleeper() { co_await patio::sleep(1s); }

patio::async<double> dormitory() {
    const double before = resident_bytes();
    double asleep = 0;
    co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
        for (int i = 0; i < sleepers; ++i)
            group.spawn(sleeper());
        co_await patio::sleep(500ms);
        asleep = resident_bytes();
    });
    co_return (asleep - before) / sleepers;
}
// end

}  // namespace

void tour::many(stage& out) {
    out.say(
        "A thread costs megabytes of stack. A sleeping task costs its coroutine frame and a "
        "small block.");
    out.code("many");
    const stopwatch clock;
    const double bytes_each = patio::run(dormitory());
    const double seconds = clock.seconds();
    out.promise(seconds < 2.5,
                text("%d tasks slept for one second each, in %.2f s together", sleepers, seconds));
    out.promise(bytes_each < 400, text("each took about %.0f bytes of memory", bytes_each));
}
