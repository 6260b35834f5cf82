// SPDX-License-Identifier: MIT

#include <patio/io/run.hpp>

#include "broken_pipes.hpp"
#include "epoll_driver.hpp"
#include "monotonic_clock.hpp"
#include "run_settings.hpp"
#include "signal_watch.hpp"
#include "uring_driver.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/debug/dump_tasks.hpp>
#include <patio/debug/install.hpp>
#include <patio/debug/watchdog.hpp>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/prctl.h>

namespace patio {

interrupted::~interrupted() = default;
const char* interrupted::what() const noexcept { return "interrupted (Ctrl-C)"; }

namespace detail {

namespace {

/// Makes the thread's timers exact while a loop runs on it. The kernel may delay a wait by the
/// thread's slack, 50 µs by default; prctl(2), PR_SET_TIMERSLACK.
class exact_timers {
public:
    exact_timers() noexcept : slack_before_{::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)} {
        ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
    }
    exact_timers(const exact_timers&) = delete;
    exact_timers& operator=(const exact_timers&) = delete;
    ~exact_timers() {
        if (slack_before_ > 0) {
            ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_before_), 0, 0, 0);
        }
    }

private:
    int slack_before_;
};

/// This thread runs the loop as long as this lives.
class entered {
public:
    explicit entered(loop& ours) : loop_{ours} { loop_.enter(); }
    entered(const entered&) = delete;
    entered& operator=(const entered&) = delete;
    ~entered() { loop_.leave(); }

private:
    loop& loop_;
};

/// Ends the process as if nobody had caught the signal: a shell must see that, or it goes on with
/// its script. Returns only if the program blocks SIGINT.
void end_by_sigint() noexcept {
    std::cout.flush();
    std::fflush(nullptr);
    ::raise(SIGINT);  // its disposition is the default again
}

}  // namespace

std::unique_ptr<driver> make_driver(driver_kind kind) {
    if (kind == driver_kind::epoll) return std::make_unique<epoll_driver>();
    try {
        return std::make_unique<uring_driver>();
    } catch (const std::system_error&) {
        // Whatever the reason: refused by the kernel, forbidden to the process, no descriptor left.
        // Nobody asked for io_uring by name, so nobody needs to hear of it.
        if (kind == driver_kind::io_uring) throw;
    }
    return std::make_unique<epoll_driver>();
}

// The order of the members is the order in which the parts need each other.
struct program::parts {
    explicit parts(run_settings settings)
        : own_driver{settings.custom_driver != nullptr ? nullptr : make_driver(settings.kind)},
          running{settings.custom_driver != nullptr ? *settings.custom_driver : *own_driver,
                  settings.custom_clock != nullptr ? *settings.custom_clock : own_clock},
          here{running},
          sigint{settings.sigint} {
        debug::install();
        running.set_debug(settings.is_debug);
        running.report_slow_steps(settings.slow_step_limit);
        if (settings.sink) running.set_report_sink(std::move(settings.sink));
        if (own_driver != nullptr) watch_signals();  // only ours can be woken by a signal's handler
        const bool is_real = settings.custom_clock == nullptr;
        if (is_real && settings.watchdog_limit > duration{}) {
            watcher.emplace(running, settings.watchdog_limit);
        }
    }
    ~parts() {
        if (main == nullptr) return;
        unref(*std::exchange(main, nullptr));
        running.cancel_and_join();  // what died with main, its parameters, may have started tasks
    }

    void watch_signals() {
        if (sigint != on_sigint::ignored) {
            interrupt.emplace(running, SIGINT, signal_manner::once, [this] {
                was_interrupted = true;
                if (main != nullptr) any_task{*main}.cancel("interrupted (Ctrl-C)");
            });
        }
        quit.emplace(running, SIGQUIT, signal_manner::impatient,
                     [this] { debug::dump_tasks(running); });
    }

    broken_pipes_tolerated broken_pipes;
    std::unique_ptr<driver> own_driver;
    monotonic_clock own_clock;
    exact_timers timers;
    loop running;
    entered here;
    on_sigint sigint;
    bool was_interrupted = false;
    task_block* main = nullptr;  // counted; null before it starts and once it is destroyed
    std::optional<signal_watch> interrupt;
    std::optional<signal_watch> quit;
    std::optional<debug::watchdog> watcher;
};

program::program(const run_options& options) : parts_{new parts{run_settings{options}}} {}

program::~program() { delete parts_; }

void program::start(std::coroutine_handle<> main, std::source_location where) {
    parts_->main = &parts_->running.start_main(main, where);
}

void program::finish() {
    parts_->running.run_until_ended(*parts_->main);
    // A main that had its result before the Ctrl-C reached it has ended well.
    if (!parts_->was_interrupted || !any_task{*parts_->main}.cancelled()) return;
    const bool ends_program = parts_->sigint == on_sigint::ends_program;
    delete std::exchange(parts_, nullptr);
    if (ends_program) end_by_sigint();
    throw interrupted{};
}

task_block& program::main() noexcept { return *parts_->main; }

}  // namespace detail
}  // namespace patio
