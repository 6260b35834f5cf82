// SPDX-License-Identifier: MIT

#include "broken_pipes.hpp"

#include <csignal>
#include <cstddef>
#include <mutex>

#include <pthread.h>

namespace patio::detail {

namespace {

void do_nothing(int) noexcept {}

bool is_handled_by(const struct sigaction& action, void (*handler)(int)) noexcept {
    return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == handler;
}

/// Replaces one disposition by another; leaves it alone if it is a third one.
void exchange(void (*expected)(int), void (*wanted)(int)) noexcept {
    struct sigaction current = {};
    ::sigaction(SIGPIPE, nullptr, &current);
    if (!is_handled_by(current, expected)) return;
    struct sigaction action = {};
    action.sa_handler = wanted;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGPIPE, &action, nullptr);
}

/// How many live. Constant-initialised, so that runs in other files' static objects find it.
struct {
    std::mutex lock;
    std::size_t count = 0;
} tolerated;

[[maybe_unused]] const int registered =
    ::pthread_atfork([] { tolerated.lock.lock(); }, [] { tolerated.lock.unlock(); },
                     [] {
                         if (tolerated.count > 0) exchange(&do_nothing, SIG_DFL);
                         tolerated.count = 0;
                         tolerated.lock.unlock();
                     });

}  // namespace

broken_pipes_tolerated::broken_pipes_tolerated() noexcept {
    const std::lock_guard guard{tolerated.lock};
    if (tolerated.count++ == 0) exchange(SIG_DFL, &do_nothing);
}

broken_pipes_tolerated::~broken_pipes_tolerated() {
    const std::lock_guard guard{tolerated.lock};
    if (tolerated.count == 0) return;  // a forked child has forgotten it
    if (--tolerated.count == 0) exchange(&do_nothing, SIG_DFL);
}

}  // namespace patio::detail
