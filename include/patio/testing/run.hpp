// SPDX-License-Identifier: MIT
#pragma once

// Running coroutines in tests: virtual time, no silence.

#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/virtual_time.hpp>

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::testing {

/// A report came that the test did not ask for.
class PATIO_EXPORT unexpected_report : public std::exception {
public:
    explicit unexpected_report(const std::string& text) noexcept : text_{text.c_str()} {}
    ~unexpected_report() override;
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    shared_text text_;
};

/// A report that was kept.
struct kept_report {
    report_kind kind;
    std::string text;
    std::string task;
};

/// How a test's loop behaves.
class run_options {
public:
    run_options() noexcept = default;
    /// Runs each batch of ready tasks in a random order; the same seed gives the same order. 0:
    /// first in, first out.
    run_options& shuffle(std::uint64_t seed) noexcept {
        seed_ = seed;
        return *this;
    }
    /// Appends reports to `target` instead of failing the test.
    run_options& keep_reports(std::vector<kept_report>& target) noexcept {
        reports_ = &target;
        return *this;
    }

private:
    friend class test_loop;
    std::uint64_t seed_ = 0;
    std::vector<kept_report>* reports_ = nullptr;
};

/// A loop on virtual time that a test drives step by step.
///
/// ```
/// patio::testing::test_loop loop;
/// auto task = loop.spawn(program());
/// loop.advance(5s);
/// EXPECT_FALSE(task.done());
/// ```
class PATIO_EXPORT test_loop {
public:
    explicit test_loop(run_options options = {});
    test_loop(const test_loop&) = delete;
    test_loop& operator=(const test_loop&) = delete;
    /// Cancels and joins what still runs. **Fails** ends the program if reports came that nobody
    /// asked for: call `finish()` to have them thrown.
    ~test_loop();

    /// Starts a coroutine as a root task; it runs when the loop does.
    template <class T>
    task<T> spawn(async<T> coroutine,
                  std::source_location where = std::source_location::current()) {
        patio::detail::task_block& block = patio::detail::start_task(
            loop_.root(), patio::detail::async_access::frame(coroutine, where), where);
        patio::detail::async_access::release(coroutine);
        return task<T>::take_over(block);
    }

    /// Runs `main` to its end; the time jumps whenever everybody waits. Throws what main throws, or
    /// unexpected_report.
    template <class T>
    T run(async<T> main, std::source_location where = std::source_location::current()) {
        if constexpr (std::is_void_v<T>) {
            run_and_destroy(main, where);
            finish();  // main's parameters have died and may have started tasks
        } else {
            T value = run_and_destroy(main, where);
            finish();
            return value;
        }
    }

    /// One turn of the loop, without letting time pass.
    void turn();
    /// Turns until no task is ready; no time passes.
    void run_until_idle();
    /// Lets time pass, firing every deadline on the way at its own time, and runs until idle. With
    /// `duration::forever()` it fires all that there are, also those that are set meanwhile, and
    /// leaves the time at the last one. A length below zero ends the program.
    void advance(duration length);
    [[nodiscard]] time_point now() const noexcept { return loop_.now(); }
    /// The earliest deadline, or never().
    [[nodiscard]] time_point next_deadline() const noexcept { return loop_.next_deadline(); }
    [[nodiscard]] std::size_t task_count() const noexcept { return loop_.task_count(); }
    [[nodiscard]] loop& get() noexcept { return loop_; }

    /// Cancels and joins all tasks; throws unexpected_report if there were any.
    void finish();

private:
    template <class T>
    T run_and_destroy(async<T>& main, std::source_location where) {
        const auto started = task<T>::take_over(
            loop_.start_main(patio::detail::async_access::frame(main, where), where));
        patio::detail::async_access::release(main);
        loop_.run_until_ended(*started.block());
        return task<T>::take::take_from(*started.block());
    }
    void throw_reports();

    virtual_time time_;
    loop loop_;
    std::vector<kept_report> own_reports_;
    std::vector<kept_report>* reports_;
};

namespace detail_run {
template <class F>
PATIO_DETAIL_COROUTINE_WRAPPER auto make_main(F&& body) {
    if constexpr (patio::detail::coroutine_function<F>) {
        return patio::detail::call_kept(std::forward<F>(body));
    } else {
        return patio::detail::adopt(std::forward<F>(body));
    }
}
}  // namespace detail_run

/// Runs a coroutine, a function that makes one, or anything else that can be awaited to its end on
/// virtual time: a test of `sleep(1h)` takes microseconds. Deadlocks throw `deadlock`; reports
/// throw `unexpected_report`.
template <class F>
    requires(patio::detail::runnable<F>)
auto run(F&& body, run_options options = {},
         std::source_location where = std::source_location::current()) {
    test_loop loop{std::move(options)};
    return loop.run(detail_run::make_main(std::forward<F>(body)), where);
}

/// Says what to write instead of anything else.
template <class Wrong, class... Options>
    requires(!patio::detail::runnable<Wrong>)
void run(Wrong&&, Options&&...) {
    patio::detail::check_runnable<Wrong>();
}

/// The number of turns that this thread's loop has made.
[[nodiscard]] PATIO_EXPORT std::uint64_t turn() noexcept;

}  // namespace patio::testing
