// SPDX-License-Identifier: MIT
#pragma once

// How a program's loop runs: what `patio::run` takes beside the main coroutine.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/report.hpp>

#include <cstddef>
#include <cstdint>

namespace patio {

class clock;
class driver;

namespace detail {
struct shared_sink;
struct run_settings;
}  // namespace detail

/// Which of the kernel's interfaces a loop waits with. Programs behave the same with both.
enum class driver_kind : std::uint8_t {
    automatic,  ///< io_uring where the kernel allows it, else epoll
    io_uring,
    epoll,
};

/// What the first Ctrl-C does. The second one always ends the process at once.
enum class on_sigint : std::uint8_t {
    /// Cancels main with the reason "interrupted (Ctrl-C)"; when everything has unwound, the
    /// process
    /// ends by SIGINT, so that the shell that waits for it sees what happened.
    ends_program,
    /// The same, but `run()` throws `patio::interrupted` instead of ending the process.
    throws,
    /// `run()` does not touch SIGINT.
    ignored,
};

/// The options of `patio::run`. Each setter changes one and returns the object.
///
/// ```
/// patio::run(hello(), patio::run_options{}.driver(patio::driver_kind::epoll).watchdog(50ms));
/// ```
class PATIO_EXPORT run_options {
public:
    run_options() noexcept;
    run_options(const run_options& other) noexcept;
    run_options& operator=(const run_options& other) noexcept;
    ~run_options();

    /// Checks more, and reports more: wrong-loop use, every slow step. Off by default; the
    /// environment's PATIO_DEBUG=1 turns it on where the program says nothing.
    run_options& debug(bool on) noexcept;

    /// Chooses the kernel interface. The environment's PATIO_DRIVER=uring|epoll decides where this
    /// is `automatic`, the default.
    run_options& driver(driver_kind kind) noexcept;
    /// Waits with a driver of one's own. **Borrows** it until `run()` returns.
    run_options& driver(patio::driver& custom) noexcept;
    /// Takes the time from a clock of one's own. **Borrows** it until `run()` returns.
    run_options& clock(patio::clock& custom) noexcept;

    /// Receives the reports instead of standard error. Copies of the options share the sink. With
    /// several loops it is called on each loop's thread, but never by two at once.
    run_options& on_report(report_sink sink);

    /// What the first Ctrl-C does. SIGINT is only touched if nobody else handles it, and by one
    /// `run()` at a time; what was there before comes back when that one returns. A loop that waits
    /// with a custom driver leaves it alone, and so does everyone while `signals` listens to it.
    run_options& handle_sigint(on_sigint action) noexcept;

    /// Runs `count` loops, each on a thread of its own: main's, and others that wait for what
    /// `call_on`, `on_each_loop` and servers give them (io/loops.hpp). One by default; zero means
    /// one for each processor that the process may use.
    ///
    /// All have the same driver kind, reports and watchdog. They run before main begins. When main
    /// has ended, the tasks that are left on its loop are cancelled and joined, then those on the
    /// others; `run()` returns when all threads have ended. A loop that has nothing to do is no
    /// deadlock, since another one may call; so a deadlock is only reported where there is one
    /// loop.
    ///
    /// `run()` **fails** with std::system_error if not all of them can be started, before main has
    /// begun; with usage_error if there is a custom driver or clock, which serve one loop only.
    run_options& loops(std::size_t count) noexcept;

    /// Reports a task that keeps the loop for longer than `limit`, while it does. 100 ms by
    /// default; zero turns the watchdog off.
    run_options& watchdog(duration limit) noexcept;
    /// Measures every step of every task and reports those above `limit` when they end. Zero, the
    /// default, turns it off; in debug mode the default is the watchdog's limit.
    run_options& report_slow_steps(duration limit) noexcept;

private:
    friend struct detail::run_settings;

    driver_kind kind_ = driver_kind::automatic;
    on_sigint sigint_ = on_sigint::ends_program;
    std::int8_t debug_ = -1;      // -1: the environment decides
    std::size_t loop_count_ = 1;  // 0: one for each processor
    patio::driver* driver_ = nullptr;
    patio::clock* clock_ = nullptr;
    detail::shared_sink* sink_ = nullptr;  // counted
    duration watchdog_ = duration::milliseconds(100);
    duration slow_step_ = duration::nanoseconds(-1);  // negative: not said
};

}  // namespace patio
