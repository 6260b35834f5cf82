// SPDX-License-Identifier: MIT

#include "learn.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

namespace learn {

namespace {

/// All that one run of a program was seen to do. Sockets' programs may use threads.
struct story {
    std::mutex lock;
    std::thread::id loop_thread;
    patio::time_point begin;
    patio::duration length;
    std::vector<patio::duration> times;
    std::vector<std::string> texts;
    std::vector<patio::testing::kept_report> kept;  // on virtual time
    std::vector<std::string> reports;               // on real time
    std::atomic<int> disk_reads{0};
};

story seen;

std::string number(double value, const char* unit) {
    char text[64];
    std::snprintf(text, sizeof text, "%g %s", value, unit);
    return text;
}

/// "20 ms", "7.4 s", "1 h 58 min"
std::string words(patio::duration length) {
    const auto ns = static_cast<double>(length.count());
    if (ns < 1e9) return number(ns / 1e6, "ms");
    if (length < 1min) return number(ns / 1e9, "s");
    const auto minutes = static_cast<long long>(ns / 60e9);
    const double rest = ns / 1e9 - 60.0 * static_cast<double>(minutes);
    std::string text;
    if (minutes >= 60) text += std::to_string(minutes / 60) + " h ";
    if (minutes % 60 != 0) text += std::to_string(minutes % 60) + " min ";
    if (rest >= 1e-3) text += number(rest, "s ");
    text.pop_back();
    return text;
}

std::string words(const std::vector<std::string>& items) {
    std::string all;
    for (const std::string& item : items)
        all += (all.empty() ? "\"" : ", \"") + item + "\"";
    return all.empty() ? "nothing" : all;
}

void must_not_be_the_loops(const char* function) {
    if (std::this_thread::get_id() != seen.loop_thread) return;
    throw not_yet{std::string{function} +
                  " was called on the loop's thread: meanwhile nobody else is served"};
}

int fail(const std::string& verdict) {
    std::printf("not yet: %s\n", verdict.c_str());
    if (seen.texts.empty()) return 1;
    std::printf("what happened:\n");
    for (std::size_t i = 0; i < seen.texts.size(); ++i)
        std::printf("  %11s  %s\n", words(seen.times[i]).c_str(), seen.texts[i].c_str());
    return 1;
}

}  // namespace

void say(std::string text) {
    const std::lock_guard guard{seen.lock};
    const bool is_on_loop = std::this_thread::get_id() == seen.loop_thread;
    seen.times.push_back(is_on_loop ? patio::now() - seen.begin : patio::duration{});
    seen.texts.push_back(std::move(text));
}

// --- running

namespace detail {

namespace {
void forget() {
    seen.length = {};
    seen.times.clear();
    seen.texts.clear();
    seen.kept.clear();
    seen.reports.clear();
    seen.disk_reads = 0;
}
}  // namespace

void begin_story() {
    seen.loop_thread = std::this_thread::get_id();
    seen.begin = patio::now();
}

void end_story() { seen.length = patio::now() - seen.begin; }

patio::testing::run_options watched() {
    forget();
    return patio::testing::run_options{}.keep_reports(seen.kept);
}

patio::run_options watched_really() {
    forget();
    return patio::run_options{}.on_report(
        [](const patio::report& what) { seen.reports.emplace_back(what.text()); });
}

void too_long(patio::duration limit) {
    throw not_yet{"it had not ended after " + words(limit) + ": who waits, and for what?"};
}

void judge_reports() {
    seen.loop_thread = {};
    if (!seen.kept.empty()) throw not_yet{seen.kept.front().text};
    if (!seen.reports.empty()) throw not_yet{seen.reports.front()};
}

}  // namespace detail

// --- checking

patio::duration taken() { return seen.length; }
const std::vector<std::string>& said() { return seen.texts; }

void expect_time(patio::duration expected, const std::string& why) {
    if (seen.length == expected) return;
    throw not_yet{"it took " + words(seen.length) + ", and should take " + words(expected) + ": " +
                  why};
}

void expect_said(const std::vector<std::string>& expected, const std::string& why) {
    if (seen.texts == expected) return;
    throw not_yet{"it said " + words(seen.texts) + ", and should say " + words(expected) + ": " +
                  why};
}

void expect_story(const std::vector<line>& expected, const std::string& why) {
    std::vector<std::string> texts;
    for (const line& each : expected)
        texts.push_back(each.text);
    expect_said(texts, why);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (seen.times[i] == expected[i].when) continue;
        throw not_yet{"it said \"" + texts[i] + "\" after " + words(seen.times[i]) +
                      ", and should say it after " + words(expected[i].when) + ": " + why};
    }
}

void expect(bool holds, const std::string& what_is_wrong) {
    if (!holds) throw not_yet{what_is_wrong};
}

int check(void (*body)(), const char* to_remember) {
    try {
        body();
    } catch (const not_yet& verdict) {
        return fail(verdict.what());
    } catch (const patio::deadlock& stuck) {
        return fail(stuck.what());
    } catch (const std::exception& failure) {
        return fail(std::string{"it ended with an exception: "} + failure.what());
    } catch (...) {
        return fail("it ended with an exception that is no std::exception");
    }
    std::printf("solved: %s\n", to_remember);
    return 0;
}

// --- props

int slow_disk_read() {
    must_not_be_the_loops("slow_disk_read()");
    std::this_thread::sleep_for(30ms);
    ++seen.disk_reads;
    return 42;
}

int disk_reads() { return seen.disk_reads; }

long crunch_numbers(int seed) {
    must_not_be_the_loops("crunch_numbers()");
    long sum = seed;
    for (int i = 0; i < 1'000'000; ++i)
        sum = (sum * 31 + i) % 1'000'003;
    return sum;
}

}  // namespace learn
