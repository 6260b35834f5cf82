// SPDX-License-Identifier: MIT
#pragma once

// What the exercises are checked with: programs that say things, a clock that jumps, and verdicts
// in words.

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace learn {

using namespace std::chrono_literals;

/// Something the program says; the check reads what was said, and when.
void say(std::string text);

/// What is not right yet. Checks throw it; the first line is the verdict.
class not_yet : public std::exception {
public:
    explicit not_yet(std::string text) : text_{std::move(text)} {}
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

// --- running

namespace detail {
void begin_story();
void end_story();
[[nodiscard]] patio::testing::run_options watched();
[[nodiscard]] patio::run_options watched_really();
void judge_reports();

template <class T>
patio::async<T> told(patio::async<T> program) {
    begin_story();
    if constexpr (std::is_void_v<T>) {
        co_await std::move(program);
        end_story();
    } else {
        T value = co_await std::move(program);
        end_story();
        co_return value;
    }
}

[[noreturn]] void too_long(patio::duration limit);

template <class T>
patio::async<T> told_within(patio::duration limit, patio::async<T> program) {
    const patio::time_point end = patio::now() + limit;
    try {
        co_return co_await patio::timeout(limit, told(std::move(program)));
    } catch (const patio::timed_out&) {
        if (patio::now() < end) throw;  // a timeout of the program's own
        too_long(limit);
    }
}

/// The value, after the reports have been looked at.
template <class F>
auto judged(F run) {
    if constexpr (std::is_void_v<decltype(run())>) {
        run();
        judge_reports();
    } else {
        auto value = run();
        judge_reports();
        return value;
    }
}
}  // namespace detail

/// Runs the program on a clock that jumps: `sleep(1h)` takes no time and counts as an hour. What
/// was said before is forgotten. **Returns** what the program does.
/// **Fails** with `not_yet` if a report comes (a coroutine that was never awaited, a deadlock, …).
template <class T>
auto watch(patio::async<T> program) {
    return detail::judged(
        [&] { return patio::testing::run(detail::told(std::move(program)), detail::watched()); });
}

/// The same with a real loop, for programs that talk over sockets. It may take five seconds.
template <class T>
auto watch_really(patio::async<T> program) {
    return detail::judged([&] {
        return patio::run(detail::told_within(5s, std::move(program)), detail::watched_really());
    });
}

// --- checking

/// How long the last program took, on its clock.
[[nodiscard]] patio::duration taken();
/// What it said, in order.
[[nodiscard]] const std::vector<std::string>& said();

/// "it took 6 s, and should take 2 s: WHY"
void expect_time(patio::duration expected, const std::string& why);
/// "it said … where … was expected: WHY"
void expect_said(const std::vector<std::string>& expected, const std::string& why);
/// Something that should be said, and when.
struct line {
    patio::duration when;
    std::string text;
};
/// As expect_said, and then: "it said … after 0 ms, and should say it after 3 s: WHY"
void expect_story(const std::vector<line>& expected, const std::string& why);
/// "WHAT_IS_WRONG"
void expect(bool holds, const std::string& what_is_wrong);

/// The main function of an exercise: runs the check and prints the verdict, and under it what
/// happened when. **Returns** 0 if it is solved, else 1.
int check(void (*body)(), const char* to_remember);

// --- props

/// A function of somebody else's that waits in its own way: it keeps its thread for 30 real
/// milliseconds. **Fails** with `not_yet` on the loop's thread.
int slow_disk_read();
/// How often it was called to the end while the last program ran.
[[nodiscard]] int disk_reads();
/// A function that computes for a while. **Fails** with `not_yet` on the loop's thread.
long crunch_numbers(int seed);

}  // namespace learn
