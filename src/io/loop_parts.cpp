// SPDX-License-Identifier: MIT

#include "loop_parts.hpp"

#include "epoll_driver.hpp"
#include "uring_driver.hpp"

#include <patio/debug/dump_tasks.hpp>
#include <patio/debug/install.hpp>

#include <csignal>
#include <system_error>
#include <utility>

#include <sys/prctl.h>

namespace patio::detail {

exact_timers::exact_timers() noexcept : slack_before_{::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)} {
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

exact_timers::~exact_timers() {
    if (slack_before_ > 0) {
        ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_before_), 0, 0, 0);
    }
}

chosen_driver::chosen_driver(driver_kind kind) {
    if (kind != driver_kind::epoll) {
        try {
            driven = std::make_unique<uring_driver>();
        } catch (const std::system_error& error) {
            // Refused by the kernel, forbidden to the process, no descriptor left.
            if (kind == driver_kind::io_uring) throw;
            why_not_ring = error.what();
        }
    }
    if (driven == nullptr) driven = std::make_unique<epoll_driver>();
}

loop_parts::loop_parts(run_settings settings)
    : own{settings.custom_driver != nullptr ? chosen_driver{} : chosen_driver{settings.kind}},
      running{settings.custom_driver != nullptr ? *settings.custom_driver : *own.driven,
              settings.custom_clock != nullptr ? *settings.custom_clock : own_clock},
      here{running} {
    debug::install();
    running.set_debug(settings.is_debug);
    running.report_slow_steps(settings.slow_step_limit);
    if (settings.sink) running.set_report_sink(std::move(settings.sink));
    if (settings.is_debug && !own.why_not_ring.empty()) {
        // Nobody asked for io_uring by name: who does not look closely need not hear of it.
        const std::string text = "waits with epoll: there is no io_uring here, " + own.why_not_ring;
        emit_report(report{report_kind::other_driver, text.c_str()});
    }
    if (own.driven != nullptr) {  // only ours can be woken by a signal's handler
        quit.emplace(running, SIGQUIT, signal_manner::impatient,
                     [this] { debug::dump_tasks(running); });
    }
    const bool is_real = settings.custom_clock == nullptr;
    if (is_real && settings.watchdog_limit > duration{}) {
        watcher.emplace(running, settings.watchdog_limit);
    }
}

}  // namespace patio::detail
