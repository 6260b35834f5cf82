// SPDX-License-Identifier: MIT
#pragma once

// How a program's loop runs: what `patio::run` takes beside the main coroutine.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/report.hpp>

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

    /// Receives the reports instead of standard error. Copies of the options share the sink.
    run_options& on_report(report_sink sink);

    /// What the first Ctrl-C does. SIGINT is only touched if nobody else handles it, and by one
    /// `run()` at a time; what was there before comes back when that one returns. A loop that waits
    /// with a custom driver leaves it alone.
    run_options& handle_sigint(on_sigint action) noexcept;

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
    std::int8_t debug_ = -1;  // -1: the environment decides
    patio::driver* driver_ = nullptr;
    patio::clock* clock_ = nullptr;
    detail::shared_sink* sink_ = nullptr;  // counted
    duration watchdog_ = duration::milliseconds(100);
    duration slow_step_ = duration::nanoseconds(-1);  // negative: not said
};

}  // namespace patio
