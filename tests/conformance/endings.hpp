// SPDX-License-Identifier: MIT
#pragma once

// How operations end, in words, and how to make them end badly or go as far as they can.

#include <patio/core/async.hpp>
#include <patio/core/cancelled.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task.hpp>
#include <patio/core/throwing_scope.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace conformance {

/// Lets everything run that can, without time passing.
inline patio::async<> settle() {
    for (int i = 0; i < 10; ++i)
        co_await patio::yield();
}

/// What an exception says. A group is shown by its members: "[a [b c]]".
inline std::string words_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const patio::exception_group& group) {
        std::string words = "[";
        for (const auto& member : group) {
            if (words.size() > 1) words += ' ';
            words += words_of(member.error());
        }
        return words + "]";
    } catch (const patio::task_cancelled&) {
        return "cancelled";
    } catch (const std::exception& other) {
        return other.what();
    } catch (...) {
        return "no std::exception";
    }
}

/// Runs `operation` and says how it ended: "returned", "cancelled" if it is a task that was cut,
/// else the words of its failure.
template <class A>
patio::async<std::string> ending_of(A operation) {
    try {
        co_await std::move(operation);
    } catch (...) {
        co_return words_of(std::current_exception());
    }
    co_return "returned";
}

/// Joins a task; whether it was cut.
inline patio::async<bool> is_cut(patio::task<> joined) {
    try {
        co_await joined;
    } catch (const patio::task_cancelled&) {
        co_return true;
    }
    co_return false;
}

/// asyncio's `except CancelledError`, and then `raise E` in there: sleeps, and fails when it is
/// cancelled. In Patio only code in a throwing scope meets its own cancellation.
template <class E>
patio::async<> sleep_or_throw(patio::duration length, E instead) {
    const auto handle = [](patio::duration time, E other) -> patio::async<> {
        try {
            co_await patio::sleep(time);
        } catch (const patio::cancelled&) {
            throw other;
        }
    };
    co_await patio::throwing_scope(handle(length, std::move(instead)));
}

inline patio::async<> sleep_or_fail(patio::duration length, std::string text) {
    return sleep_or_throw(length, std::runtime_error{text});
}

inline patio::async<> fail_after(patio::duration length, std::string text) {
    co_await patio::sleep(length);
    throw std::runtime_error{text};
}

}  // namespace conformance
