// SPDX-License-Identifier: MIT

#include <patio/io/run.hpp>

#include "broken_pipes.hpp"
#include "loop_parts.hpp"
#include "loop_set.hpp"
#include "run_settings.hpp"
#include "signal_watch.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

namespace patio {

interrupted::~interrupted() = default;
const char* interrupted::what() const noexcept { return "interrupted (Ctrl-C)"; }

namespace detail {

namespace {

/// Ends the process as if nobody had caught the signal: a shell must see that, or it goes on with
/// its script. Returns only if the program blocks SIGINT.
void end_by_sigint() noexcept {
    std::cout.flush();
    std::fflush(nullptr);
    ::raise(SIGINT);  // its disposition is the default again
}

}  // namespace

// The order of the members is the order in which the parts need each other.
struct program::parts {
    parts(run_settings settings, const run_options& options)
        : sigint{settings.sigint}, loop_count{settings.loop_count}, first{std::move(settings)} {
        if (first.own.driven != nullptr && sigint != on_sigint::ignored) watch_sigint();
        if (loop_count > 1) all.emplace(first.running, options);
    }
    ~parts() {
        if (main == nullptr) return;
        unref(*std::exchange(main, nullptr));
        first.running.cancel_and_join();  // its parameters, which died with it, may start tasks
    }

    void watch_sigint() {
        interrupt.emplace(first.running, SIGINT, signal_manner::once, [this] {
            was_interrupted = true;
            if (main != nullptr) any_task{*main}.cancel("interrupted (Ctrl-C)");
        });
    }
    void run_until_ended() {
        if (!all) return first.running.run_until_ended(*main);
        while (!has_ended(*main))
            first.running.turn(true);  // never stuck for good: another loop may call
        all->close();
    }

    broken_pipes_tolerated broken_pipes;
    on_sigint sigint;
    std::size_t loop_count;
    bool was_interrupted = false;
    task_block* main = nullptr;  // counted; null before it starts and once it is destroyed
    loop_parts first;            // of loop 0
    std::optional<signal_watch> interrupt;
    std::optional<loop_set> all;  // if there are more
};

program::program(const run_options& options) : parts_{new parts{run_settings{options}, options}} {}

program::~program() { delete parts_; }

void program::start(std::coroutine_handle<> main, std::source_location where) {
    parts_->main = &parts_->first.running.start_main(main, where);
}

void program::finish() {
    parts_->run_until_ended();
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
