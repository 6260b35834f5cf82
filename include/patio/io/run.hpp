// SPDX-License-Identifier: MIT
#pragma once

// The one entry point: from a plain function into coroutines and back.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/task.hpp>
#include <patio/io/run_options.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

/// Ctrl-C ended a `run()` that was told to throw.
class PATIO_EXPORT interrupted : public std::exception {
public:
    interrupted() noexcept = default;
    interrupted(const interrupted&) noexcept = default;
    interrupted& operator=(const interrupted&) noexcept = default;
    ~interrupted() override;
    [[nodiscard]] const char* what() const noexcept override;
};

namespace detail {

/// All that lives as long as one call of `run()`: the driver, the clock, the loop, the signals.
class PATIO_EXPORT program {
public:
    explicit program(const run_options& options);
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program();

    void start(std::coroutine_handle<> main, std::source_location where);
    /// Runs until main and everything that it has left behind have ended.
    void finish();
    [[nodiscard]] task_block& main() noexcept;

private:
    struct parts;
    parts* parts_;
};

}  // namespace detail

/// Runs `main` and everything that it starts; returns its value or throws its exception.
///
/// ```
/// int main() { patio::run(hello()); }
/// ```
///
/// Makes a loop, runs `main` as its first task, cancels and joins whatever still runs when that has
/// ended, and takes everything down again: nothing that was started in it outlives the call.
///
/// While it runs, SIGPIPE does nothing if the program has not said what it shall do: a peer that
/// went away is the failure of one operation. Programs that are executed meanwhile have the default
/// action.
///
/// **Use** once, in the program's `main`; again and again, and on several threads at once, where a
/// plain function needs coroutines: each call has a loop of its own. Coroutines await each other
/// instead.
/// **Fails** with what `main` throws; with usage_error inside of a running loop; with `deadlock`
/// when every task waits and nothing can ever wake one; with `interrupted` after Ctrl-C if the
/// options say so; with std::system_error if the driver that was asked for cannot be had.
/// **Threads** any that does not run a loop.
template <class T>
T run(async<T>&& main, run_options options = {},
      std::source_location where = std::source_location::current()) {
    detail::program program{options};
    program.start(detail::async_access::frame(main, where), where);
    detail::async_access::release(main);
    program.finish();
    return task<T>::take::take_from(program.main());
}

/// The same for a function that makes the coroutine; it is kept alive until that has ended, so a
/// lambda with captures will do.
template <class F>
    requires detail::coroutine_function<F>
auto run(F&& f, run_options options = {},
         std::source_location where = std::source_location::current()) {
    return run(detail::call_kept(std::forward<F>(f)), std::move(options), where);
}

/// The same for anything else that can be awaited: `run(timeout(1s, main()))`,
/// `run(gather(a(), b()))`.
template <class A>
    requires(!detail::is_async<std::remove_cvref_t<A>> && !detail::coroutine_function<A> &&
             awaitable<A>)
auto run(A&& operation, run_options options = {},
         std::source_location where = std::source_location::current()) {
    return run(detail::adopt(std::forward<A>(operation)), std::move(options), where);
}

/// Says what to write instead of anything else.
template <class Wrong, class... Options>
    requires(!detail::runnable<Wrong>)
void run(Wrong&&, Options&&...) {
    detail::check_runnable<Wrong>();
}

}  // namespace patio
