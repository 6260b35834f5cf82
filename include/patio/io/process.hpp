// SPDX-License-Identifier: MIT
#pragma once

// Other programs, started and awaited.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/stream.hpp>
#include <patio/io/exit_status.hpp>
#include <patio/io/process_options.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace patio {

namespace detail {
struct process_state;
}

/// What a process has written, and how it ended.
class PATIO_EXPORT process_output {
public:
    process_output(exit_status ended, std::string out_, std::string err_) noexcept
        : status{ended}, out{std::move(out_)}, err{std::move(err_)} {}

    exit_status status;
    std::string out;  ///< empty if standard output was no pipe
    std::string err;  ///< empty if standard error was no pipe
};

/// A program that runs beside this one.
///
/// ```
/// patio::process_options sorting{"sort"};
/// sorting.std_in(patio::redirect::pipe()).std_out(patio::redirect::pipe());
/// patio::process sort = co_await patio::start_process(sorting);
/// const auto sorted = co_await sort.communicate("b\na\n");
/// ```
///
/// **Owns** the process: one that still runs when this object dies, as it does when its scope is
/// cancelled, is ended: SIGTERM, after the options' grace SIGKILL, and it is waited for, so that no
/// zombie is left. The loop does that while the program goes on, and `run()` does not return
/// before. Where no loop runs any more it is killed at once. `with_process` and `run_process` wait
/// for it on the spot.
///
/// Nothing of this program is given to the process but its three standard streams, the
/// environment, the directory and the user: no other descriptor, no blocked signal, no ignored one
/// but SIGHUP, SIGINT and SIGQUIT, which nohup(1) means for children as well.
///
/// **Use** `run_process` for a program that is only to run to its end.
/// **Threads** those of its loop.
/// **Source** asyncio's create_subprocess_exec; pidfd_open(2).
class PATIO_EXPORT process {
public:
    using loop_affine = void;

    process(process&& other) noexcept;
    process& operator=(process&& other) noexcept;
    ~process();

    /// Its number, for messages. It is another process's once this one has been waited for.
    [[nodiscard]] int pid() const noexcept;

    /// Waits for the end; by as many tasks and as often as needed.
    /// **Fails** with `std::errc::no_child_process` if somebody else has taken the status: SIGCHLD
    /// is ignored, or other code in this program waits for any child.
    /// **Cancel** the process goes on.
    [[nodiscard]] async<exit_status> wait();
    /// The same without waiting: empty if it runs. **Fails** as `wait` does.
    [[nodiscard]] std::optional<exit_status> try_wait();

    /// Writes `input` to its standard input, closes that, reads standard output and error to their
    /// ends, and waits for its end; all at the same time, so that no side waits for the other one,
    /// whatever the sizes. A process that reads no input is no failure.
    ///
    /// It returns when the pipes are closed, also by what the process has started and left behind.
    /// **Fails** with usage_error if there is input and standard input is no pipe; with
    /// `limit_exceeded`, all_bytes_max.
    /// **Cancel** the process goes on; what was read stays in the streams.
    [[nodiscard]] async<process_output> communicate(std::string input = {});

    /// Sends a signal; does nothing if it has ended. It never reaches another process that has got
    /// the same number.
    /// **Fails** with `patio::error` (not permitted, no such signal).
    void send_signal(int number);
    /// Asks it to end: SIGTERM, to its group if it has got its own.
    void terminate();
    /// Ends it: SIGKILL, to its group if it has got its own.
    void kill();
    /// Ends it as the destructor would, and waits for it. **Fails** as `wait` does.
    /// **Cancel** it is ended all the same.
    [[nodiscard]] async<exit_status> stop();

    /// The pipe to its standard input. **Fails** with usage_error if it is none.
    [[nodiscard]] stream& std_in();
    /// The pipe from its standard output. **Fails** with usage_error if it is none.
    [[nodiscard]] stream& std_out();
    /// The pipe from its standard error. **Fails** with usage_error if it is none.
    [[nodiscard]] stream& std_err();

private:
    friend struct detail::process_state;
    explicit process(std::shared_ptr<detail::process_state> state) noexcept;

    // Shared with the operations that wait, which may outlive this object.
    std::shared_ptr<detail::process_state> state_;
};

/// Starts a program.
///
/// **Fails** with `patio::error` that names the program (no such file, permission denied), the
/// directory or the file of a redirection; with usage_error for options that contradict each other.
/// **Cancel** the program has not been started, or is ended again.
/// **Cost** two thread switches beside the kernel's work: the loop is not blocked by a file system
/// that is slow to give the program.
[[nodiscard]] PATIO_EXPORT async<process> start_process(process_options options);
/// The same with the program's name and its arguments.
template <std::convertible_to<std::string>... More>
[[nodiscard]] PATIO_DETAIL_COROUTINE_WRAPPER async<process> start_process(std::string program,
                                                                          More&&... more) {
    return start_process(process_options{std::move(program), std::forward<More>(more)...});
}

namespace detail {
/// A coroutine function that takes the process.
template <class F>
concept process_body = std::invocable<std::remove_reference_t<F>&, process&> &&
                       is_async<std::invoke_result_t<std::remove_reference_t<F>&, process&>>;
PATIO_EXPORT async<> end_process(process& running);
PATIO_EXPORT async<process_output> run_to_end(process_options options, std::string input);

template <class R, class F>
async<R> run_beside(process_options options, F body) {
    process running = co_await start_process(std::move(options));
    const auto clean_up = [&running]() -> async<> { co_await end_process(running); };
    auto guarded = finally(body(running), clean_up);
    co_return co_await std::move(guarded);
}
}  // namespace detail

/// Starts a program, runs `body(process&)`, and returns when both have ended: a process that still
/// runs when the body is done, fails or is cancelled is ended and waited for.
///
/// **Returns** what the body returns. **Fails** as `start_process` and the body do.
template <class F>
    requires detail::process_body<F>
PATIO_DETAIL_COROUTINE_WRAPPER auto with_process(process_options options, F&& body) {
    detail::check_callable<F>();
    using result =
        detail::async_result_t<std::invoke_result_t<std::remove_reference_t<F>&, process&>>;
    return detail::run_beside<result, std::decay_t<F>>(std::move(options), std::forward<F>(body));
}

/// Runs a program to its end.
///
/// ```
/// const auto listing = co_await patio::run_process("ls", "-l", directory);
/// if (listing.status.success()) use(listing.out);
/// ```
///
/// Its standard output and error are collected, and its standard input is the `input`; where the
/// options say `inherit`, the default, that means a pipe here, and for an empty input /dev/null.
///
/// **Returns** also if it fails: look at `status`.
/// **Fails** as `start_process` and `process::communicate` do, and ends the process then.
/// **Cancel** the process is ended and waited for before the cancellation goes on.
[[nodiscard]] PATIO_DETAIL_COROUTINE_WRAPPER inline async<process_output> run_process(
    process_options options, std::string input = {}) {
    return detail::run_to_end(std::move(options), std::move(input));
}
template <std::convertible_to<std::string>... More>
[[nodiscard]] PATIO_DETAIL_COROUTINE_WRAPPER async<process_output> run_process(std::string program,
                                                                               More&&... more) {
    return detail::run_to_end(process_options{std::move(program), std::forward<More>(more)...}, {});
}

}  // namespace patio
