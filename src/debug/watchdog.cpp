// SPDX-License-Identifier: MIT

#include <patio/debug/watchdog.hpp>

#include "stack_sampler.hpp"
#include "symbols.hpp"
#include "words.hpp"

#include <patio/core/loop.hpp>
#include <patio/core/report.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>

#include <pthread.h>

namespace patio::debug {

namespace {

/// A step is looked at this often before it has reached the limit.
constexpr std::int64_t looks_per_limit = 4;

/// The same step is reported again when it has lasted this many times longer.
constexpr std::int64_t repeat_factor = 10;

std::int64_t nanoseconds_of(clockid_t clock) noexcept {
    timespec t{};
    ::clock_gettime(clock, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// The letter for a thread in /proc/…/stat, proc(5): S and D sleep in the kernel, T and t are
/// stopped.
char state_of(pid_t thread) noexcept {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(thread));
    std::FILE* file = std::fopen(path, "re");
    if (file == nullptr) return '?';
    char line[256] = {};
    const char* read = std::fgets(line, sizeof line, file);
    std::fclose(file);
    const char* name_end = read != nullptr ? std::strrchr(line, ')') : nullptr;
    return name_end != nullptr && name_end[1] == ' ' ? name_end[2] : '?';
}

bool is_machinery(const std::string& function) {
    for (const char* ours : {"patio::detail::resume_leaf", "patio::detail::run_step", "run_one",
                             "run_batch", "patio::detail::unwind", "patio::loop::turn",
                             "patio::detail::call(", "coroutine_handle<"}) {
        if (function.find(ours) != function.npos) return true;
    }
    return false;
}

/// The part of a sampled stack between the signal handler and the loop.
std::string stack_words(const stack_sampler& sample) {
    const auto symbols = symbolise(sample.frames(), sample.frame_count());
    std::size_t first = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {  // ours, and the kernel's return trampoline
        if (symbols[i].function.find("on_signal") != std::string::npos) first = i + 1;
    }
    if (first < symbols.size() && (symbols[first].function.empty() ||
                                   symbols[first].function.find("restore") != std::string::npos)) {
        ++first;
    }
    std::string words;
    for (std::size_t i = first; i < symbols.size() && !is_machinery(symbols[i].function); ++i) {
        words += "\n  " + symbol_words(symbols[i]);
    }
    return words;
}

}  // namespace

struct watchdog::state {
    state(loop& watched_loop, duration wanted)
        : watched{watched_loop},
          loop_state{*detail::this_loop},
          limit{wanted.count()},
          sampler{loop_state} {
        ::pthread_getcpuclockid(::pthread_self(), &loop_clock);
        watcher = std::thread{[this] { watch(); }};
    }
    ~state() {
        {
            const std::lock_guard guard{lock};
            is_over = true;
        }
        changed.notify_one();
        watcher.join();
    }

    void watch();
    void look();
    void report_block(std::int64_t length);

    loop& watched;
    const detail::loop_state& loop_state;
    const std::int64_t limit;
    stack_sampler sampler;
    clockid_t loop_clock{};

    // The watcher's own.
    std::uint64_t step = 0;    // the one that ran when last looked; 0: none
    std::int64_t seen_at = 0;  // since when, by the clock and by the loop's processor time
    std::int64_t seen_used = 0;
    std::int64_t report_at = 0;  // how long it must have lasted for the next report

    std::mutex lock;
    std::condition_variable changed;
    bool is_over = false;
    std::thread watcher;
};

void watchdog::state::watch() {
    ::pthread_setname_np(::pthread_self(), "patio watchdog");
    const auto interval = std::chrono::nanoseconds{limit / looks_per_limit};
    std::unique_lock guard{lock};
    while (!changed.wait_for(guard, interval, [this] { return is_over; })) {
        guard.unlock();
        look();
        guard.lock();
    }
}

void watchdog::state::look() {
    const bool is_running = __atomic_load_n(&loop_state.is_in_steps, __ATOMIC_RELAXED);
    const std::uint64_t current =
        is_running ? __atomic_load_n(&loop_state.step_count, __ATOMIC_RELAXED) : 0;
    const std::int64_t now = nanoseconds_of(CLOCK_MONOTONIC);
    const std::int64_t used = nanoseconds_of(loop_clock);
    if (current != step || current == 0) {
        step = current;
        seen_at = now;
        seen_used = used;
        report_at = limit;
        return;
    }
    // It began between this look and the one before it was first seen: count that half as well.
    const std::int64_t unseen = limit / looks_per_limit / 2;
    const std::int64_t length = now - seen_at + unseen;
    if (length < report_at) return;
    const char thread_state = state_of(sampler.thread_id());
    if (thread_state == 'T' || thread_state == 't') {  // somebody debugs: not the program's fault
        step = 0;
        return;
    }
    const bool sleeps = thread_state == 'S' || thread_state == 'D';
    // Waiting for the processor is nobody's fault: who computes must have used the limit up itself.
    if (!sleeps && used - seen_used + unseen < limit) return;
    report_at = length * repeat_factor;
    report_block(length);
}

void watchdog::state::report_block(std::int64_t length) {
    std::string words = "the loop has been blocked for " + duration_words(length) + " by ";
    if (!sampler.take(step)) {
        const bool goes_on = __atomic_load_n(&loop_state.is_in_steps, __ATOMIC_RELAXED) &&
                             __atomic_load_n(&loop_state.step_count, __ATOMIC_RELAXED) == step;
        if (!goes_on) return;
        words += "a task that cannot be asked: its thread blocks SIGURG";
        watched.emit(report{report_kind::loop_blocked, words.c_str()});
        return;
    }
    if (*sampler.task_name() != '\0') {
        words += "task '" + std::string{sampler.task_name()} + "'";
        if (sampler.last_wait().is_known()) {
            words += " (last co_await at " + place_words(sampler.last_wait()) + ")";
        }
    } else {
        words += "a posted function";
    }
    words += stack_words(sampler);
    watched.emit(report{
        report_kind::loop_blocked, words.c_str(), sampler.task_name(),
        sampler.last_wait().is_known() ? sampler.last_wait().location() : std::source_location{}});
}

watchdog::watchdog(loop& watched, duration limit) : state_{new state{watched, limit}} {}
watchdog::~watchdog() { delete state_; }

}  // namespace patio::debug
