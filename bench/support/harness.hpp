// SPDX-License-Identifier: MIT
#pragma once

// The frame around every C++ benchmark program: clocks, memory, the command line, the one line of
// output. `bench/README.md` describes the protocol; `bench/run.py` speaks it.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include <time.h>

namespace bench {

/// What one benchmark found: a number for one operation, and the number's unit.
struct measurement {
    double value;
    const char* unit;
};

/// One row of a program's table: the work, and how many operations make a steady run of about a
/// fifth of a second.
struct entry {
    std::string_view name;
    measurement (*run)(std::int64_t count);
    std::int64_t count_default;
};

// Sizes that all programs share, so that they do the same work.
inline constexpr int fib_rounds = 2;
inline constexpr std::int64_t gather_width = 10'000;
inline constexpr std::int64_t timers_background = 10'000;
inline constexpr std::int64_t timers_batch = 1'000;
inline constexpr std::int64_t timeout_tasks = 1'000;
inline constexpr std::int64_t queue_capacity = 128;
inline constexpr std::int64_t post_burst = 4'096;
inline constexpr std::int64_t sleepers_full = 1'000'000;
inline constexpr std::int64_t sleep_full_ns = 10'000'000'000;

/// The deadline of the background timer and of the batch timer with this index: 30 to 90 seconds
/// away, spread so that neighbours do not share a slot of a timer wheel.
constexpr std::int64_t timer_delay_ms(std::int64_t index) {
    return 30'000 + index * 7'919 % 60'000;
}

/// The sleep that goes with a number of sleepers: 10 s for the full million, and proportionally
/// less for fewer, so that a smoke run is short and still has all of them asleep at once.
constexpr std::int64_t sleep_ns_for(std::int64_t count) {
    return count >= sleepers_full ? sleep_full_ns : sleep_full_ns / sleepers_full * count;
}

/// How many calls the recursion fib(n) makes.
constexpr std::int64_t fib_calls(std::int64_t n) {
    std::int64_t previous = 1;
    std::int64_t current = 1;
    for (std::int64_t i = 2; i <= n; ++i) {
        const std::int64_t next = previous + current + 1;
        previous = current;
        current = next;
    }
    return current;
}

inline std::int64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t now_ns() { return clock_ns(CLOCK_MONOTONIC); }

/// Measures the CPU time of all threads of the process, user and system, from its construction on.
class cpu_timer {
public:
    /// The time so far, divided by the number of operations that it took.
    [[nodiscard]] measurement per_operation(std::int64_t operations) const {
        const auto elapsed = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns_;
        return {static_cast<double>(elapsed) / static_cast<double>(operations), "ns"};
    }

private:
    std::int64_t begin_ns_ = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
};

/// Ends the program when a benchmark did not do the work that it claims to measure.
inline void expect(bool holds, const char* claim) {
    if (holds) return;
    std::fprintf(stderr, "benchmark is wrong: %s does not hold\n", claim);
    std::exit(1);
}

/// The process's peak resident set. `getrusage` would do, were its maximum not inherited across
/// exec from whoever started the program (proc(5) VmHWM belongs to the address space, it is not).
inline std::int64_t peak_rss_bytes() {
    std::int64_t kibibytes = -1;
    if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
        char line[256];
        while (std::fgets(line, sizeof line, status) != nullptr) {
            if (std::strncmp(line, "VmHWM:", 6) == 0) kibibytes = std::atoll(line + 6);
        }
        std::fclose(status);
    }
    expect(kibibytes >= 0, "/proc/self/status has VmHWM");
    return kibibytes * 1024;
}

/// Measures what a crowd of sleepers costs: memory for each of them, and on stderr how much later
/// than their sleep the last of them was done.
class sleepers_timer {
public:
    explicit sleepers_timer(std::int64_t count) : count_{count} {}

    [[nodiscard]] measurement finish() const {
        const auto beyond_ns = now_ns() - begin_ns_ - sleep_ns_for(count_);
        std::fprintf(stderr, "wall_beyond_ms %.1f\n", static_cast<double>(beyond_ns) / 1e6);
        const auto grown_bytes = peak_rss_bytes() - begin_bytes_;
        return {static_cast<double>(grown_bytes) / static_cast<double>(count_), "bytes"};
    }

private:
    std::int64_t count_;
    std::int64_t begin_bytes_ = peak_rss_bytes();
    std::int64_t begin_ns_ = now_ns();
};

/// The compiler that built the program, as the runner prints it and chooses bars by it.
inline constexpr const char* compiler =
#if defined(__clang__)
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

namespace detail {

inline constexpr std::string_view all_names[]{
    "await_child",
    "fib",
    "spawn_join",
    "yield",
    "gather_sleep_10k",
    "timer_cancel",
    "queue_128",
    "post",
    "wake",
    "timeout_fires_1",
    "timeout_fires_5",
    "sleeping_task_bytes",
};

inline std::int64_t parse_count(const char* text) {
    const char* end = text + std::strlen(text);
    std::int64_t count = 0;
    const auto [stop, error] = std::from_chars(text, end, count);
    if (error == std::errc{} && stop == end && count > 0) return count;
    std::fprintf(stderr, "the count must be a positive number, but is '%s'\n", text);
    std::exit(2);
}

}  // namespace detail

/// The body of every program's `main`: runs the one benchmark that the command line names.
inline int run(int argc, char** argv, const char* about, std::span<const entry> entries) {
    if (argc < 2 || argc > 3) {
        std::fprintf(stderr, "usage: %s BENCH [COUNT] | --about\n", argv[0]);
        return 2;
    }
    const std::string_view name = argv[1];
    if (name == "--about") {
        std::printf("%s (%s)\n", about, compiler);
        return 0;
    }
    for (const entry& candidate : entries) {
        if (candidate.name != name) continue;
        const auto count = argc == 3 ? detail::parse_count(argv[2]) : candidate.count_default;
        const measurement found = candidate.run(count);
        std::printf("%s %.3f %s\n", argv[1], found.value, found.unit);
        return 0;
    }
    for (const std::string_view known : detail::all_names) {
        if (known == name) return 3;  // a benchmark, but not one for this program
    }
    std::fprintf(stderr, "no benchmark is called '%s'\n", argv[1]);
    return 2;
}

}  // namespace bench
