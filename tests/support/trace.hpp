// SPDX-License-Identifier: MIT
#pragma once

// Writing down what happened, in order.

#include <patio/core/async.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

/// Words, in the order in which they were said.
class trace {
public:
    void operator()(const std::string& word) {
        if (!words_.empty()) words_ += ' ';
        words_ += word;
    }
    void clear() { words_.clear(); }
    friend bool operator==(const trace& a, const std::string& words) { return a.words_ == words; }
    friend std::ostream& operator<<(std::ostream& out, const trace& a) { return out << a.words_; }

private:
    std::string words_;
};

/// Says a word when it is destroyed.
class leaving {
public:
    leaving(trace& say, std::string word) : say_{say}, word_{std::move(word)} {}
    leaving(const leaving&) = delete;
    leaving& operator=(const leaving&) = delete;
    ~leaving() { say_(word_); }

private:
    trace& say_;
    std::string word_;
};

/// Sleeps; says `name` when its frame dies, and before that "woke" if it was not cut.
inline patio::async<> nap(trace& say, std::string name, patio::duration length) {
    const leaving last{say, std::move(name)};
    co_await patio::sleep(length);
    say("woke");
}

inline patio::async<> nap_quietly(patio::duration length) { co_await patio::sleep(length); }

inline patio::async<int> value_after(patio::duration length, int value) {
    co_await patio::sleep(length);
    co_return value;
}

inline patio::async<int> value_at_once(int value) { co_return value; }

inline patio::async<int> failure_after(patio::duration length, std::string text = "boom") {
    co_await patio::sleep(length);
    throw std::runtime_error{text};
}

inline patio::testing::run_options keeping(std::vector<patio::testing::kept_report>& reports) {
    patio::testing::run_options options;
    options.keep_reports(reports);
    return options;
}

/// Runs `operation` and gives what() of the exception that it throws, or "nothing".
template <class A>
patio::async<std::string> what_of(A operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "nothing";
}

}  // namespace test
