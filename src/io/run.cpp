// SPDX-License-Identifier: MIT

#include <patio/io/run.hpp>

#include "epoll_driver.hpp"
#include "monotonic_clock.hpp"
#include "run_settings.hpp"
#include "uring_driver.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/debug/install.hpp>

#include <memory>
#include <system_error>

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
          here{running} {
        debug::install();
        if (settings.sink) running.set_report_sink(std::move(settings.sink));
    }
    ~parts() {
        if (main != nullptr) unref(*main);
    }

    std::unique_ptr<driver> own_driver;
    monotonic_clock own_clock;
    exact_timers timers;
    loop running;
    entered here;
    task_block* main = nullptr;  // counted
};

program::program(const run_options& options) : parts_{new parts{run_settings{options}}} {}

program::~program() { delete parts_; }

void program::start(std::coroutine_handle<> main, std::source_location where) {
    parts_->main = &parts_->running.start_main(main, where);
}

void program::finish() { parts_->running.run_until_ended(*parts_->main); }

task_block& program::main() noexcept { return *parts_->main; }

}  // namespace detail
}  // namespace patio
