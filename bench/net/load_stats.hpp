// SPDX-License-Identifier: MIT
#pragma once

// What the load generator measures with: a histogram of latencies, the CPU clocks of both sides,
// and, where the kernel lets it, counters of the server's system calls and instructions.

#include "../support/harness.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <dirent.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace bench {

/// Durations in buckets that are 1/64 of an octave wide: no quantile is wrong by more than 1.6 %,
/// and the counts fit into the first-level cache's neighbourhood.
class latency_histogram {
public:
    void add(std::int64_t ns) {
        ++counts_[bucket_of(static_cast<std::uint64_t>(ns > 0 ? ns : 0))];
        ++total_;
    }

    void clear() { *this = latency_histogram{}; }

    /// The least duration that a share of all durations does not exceed.
    [[nodiscard]] std::int64_t quantile_ns(double share) const {
        const auto wanted = static_cast<std::uint64_t>(static_cast<double>(total_) * share);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted) return static_cast<std::int64_t>(upper_end_of(i));
        }
        return 0;
    }

private:
    static constexpr unsigned detail_bits = 6;
    static constexpr std::size_t per_octave = std::size_t{1} << detail_bits;
    static constexpr std::size_t octaves = 34;  // beyond 2^39 ns the last bucket takes all

    static std::size_t bucket_of(std::uint64_t ns) {
        if (ns < per_octave) return static_cast<std::size_t>(ns);
        const auto octave = static_cast<unsigned>(std::bit_width(ns)) - detail_bits;
        const auto within = static_cast<std::size_t>(ns >> (octave - 1)) - per_octave;
        const std::size_t index = octave * per_octave + within;
        return index < octaves * per_octave ? index : octaves * per_octave - 1;
    }

    static std::uint64_t upper_end_of(std::size_t index) {
        const std::size_t octave = index / per_octave;
        if (octave == 0) return index;
        return ((index % per_octave + per_octave + 1) << (octave - 1)) - 1;
    }

    std::array<std::uint64_t, octaves * per_octave> counts_{};
    std::uint64_t total_ = 0;
};

/// The CPU clock of another process: user and system time of all its threads, those that have
/// ended too.
inline clockid_t cpu_clock_of(pid_t process) {
    clockid_t clock{};
    expect(clock_getcpuclockid(process, &clock) == 0, "the server's CPU clock can be read");
    return clock;
}

/// The clocks at one moment; the difference of two is a phase.
struct moment {
    std::int64_t wall_ns = 0;
    std::int64_t server_cpu_ns = 0;
    std::int64_t client_cpu_ns = 0;

    static moment now(clockid_t server) {
        return {now_ns(), clock_ns(server), clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
    }

    moment operator-(const moment& begin) const {
        return {wall_ns - begin.wall_ns, server_cpu_ns - begin.server_cpu_ns,
                client_cpu_ns - begin.client_cpu_ns};
    }
};

/// Counts one kind of event in all threads of a process, from its construction on. Kernels refuse
/// it to many users, and virtual machines often have no such counter: then there is no count.
class event_counter {
public:
    event_counter(pid_t process, std::uint32_t type, std::uint64_t config) {
        perf_event_attr what{};
        what.size = sizeof what;
        what.type = type;
        what.config = config;
        what.inherit = 1;
        if (type == PERF_TYPE_HARDWARE) {
            what.exclude_kernel = 1;
            what.exclude_hv = 1;
        }
        for (const pid_t thread : threads_of(process)) {
            const auto opened = syscall(SYS_perf_event_open, &what, thread, -1, -1, 0UL);
            if (opened < 0) {
                close_all();
                return;
            }
            counters_.push_back(static_cast<int>(opened));
        }
    }
    event_counter(const event_counter&) = delete;
    event_counter& operator=(const event_counter&) = delete;
    ~event_counter() { close_all(); }

    [[nodiscard]] std::optional<std::uint64_t> count() const {
        if (counters_.empty()) return {};
        std::uint64_t sum = 0;
        for (const int counter : counters_) {
            std::uint64_t value = 0;
            if (read(counter, &value, sizeof value) != sizeof value) return {};
            sum += value;
        }
        return sum;
    }

private:
    static std::vector<pid_t> threads_of(pid_t process) {
        std::vector<pid_t> threads;
        const std::string path = "/proc/" + std::to_string(process) + "/task";
        if (DIR* directory = opendir(path.c_str())) {
            while (const dirent* entry = readdir(directory)) {
                const pid_t thread = std::atoi(entry->d_name);
                if (thread > 0) threads.push_back(thread);
            }
            closedir(directory);
        }
        return threads;
    }

    void close_all() {
        for (const int counter : counters_)
            close(counter);
        counters_.clear();
    }

    std::vector<int> counters_;
};

/// The number by which perf_event_open(2) knows the entry into any system call, or 0.
inline std::uint64_t syscall_tracepoint() {
    for (const char* root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
        const std::string path = std::string{root} + "/events/raw_syscalls/sys_enter/id";
        if (std::FILE* file = std::fopen(path.c_str(), "r")) {
            unsigned long long id = 0;
            const bool found = std::fscanf(file, "%llu", &id) == 1;
            std::fclose(file);
            if (found) return id;
        }
    }
    return 0;
}

}  // namespace bench
