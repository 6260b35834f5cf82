// SPDX-License-Identifier: MIT

#include "stack_sampler.hpp"

#include <patio/core/detail/async_stack.hpp>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>

#include <execinfo.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace patio::debug {

namespace {

/// How long a thread may take to answer.
constexpr long answer_wait_ns = 50'000'000;

/// Libraries leave SIGURG alone: it means urgent data on a socket, and is ignored by default.
constexpr int sample_signal = SIGURG;

thread_local constinit stack_sampler* sampler_here = nullptr;

std::mutex handler_lock;
/// The lock must be free in a forked child, and what it guards in order. Registered before main:
/// inside of a guarded static it could be missed by a fork on another thread.
[[maybe_unused]] const int fork_handlers = ::pthread_atfork(
    [] { handler_lock.lock(); }, [] { handler_lock.unlock(); }, [] { handler_lock.unlock(); });
int handler_users = 0;
struct sigaction action_before;

void on_signal(int number, siginfo_t* info, void* context) {
    const int saved_errno = errno;
    if (!stack_sampler::answer_here()) {
        const auto& before = action_before;  // written before our handler was installed
        if ((before.sa_flags & SA_SIGINFO) != 0) {
            if (before.sa_sigaction != nullptr) before.sa_sigaction(number, info, context);
        } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
            before.sa_handler(number);
        }
    }
    errno = saved_errno;
}

void install_handler() {
    const std::lock_guard guard{handler_lock};
    if (handler_users++ > 0) return;
    void* warm_up[4];
    ::backtrace(warm_up, 4);  // loads the unwinder now: a handler must not
    struct sigaction action{};
    ::sigaction(sample_signal, nullptr, &action_before);
    action.sa_sigaction = &on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(sample_signal, &action, nullptr);
}

void remove_handler() noexcept {
    const std::lock_guard guard{handler_lock};
    if (--handler_users > 0) return;
    struct sigaction now{};
    ::sigaction(sample_signal, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_signal) {
        ::sigaction(sample_signal, &action_before, nullptr);
    }
}

}  // namespace

stack_sampler::stack_sampler(const detail::loop_state& watched)
    : loop_{watched}, thread_id_{static_cast<pid_t>(::syscall(SYS_gettid))} {
    ::sem_init(&answered_, 0, 0);
    install_handler();
    sampler_here = this;
}

stack_sampler::~stack_sampler() {
    sampler_here = nullptr;
    remove_handler();
    ::sem_destroy(&answered_);
}

bool stack_sampler::take(std::uint64_t step) noexcept {
    while (::sem_trywait(&answered_) == 0) {  // an answer that came too late for the last question
    }
    wanted_step_ = step;
    __atomic_store_n(&is_wanted_, true, __ATOMIC_RELEASE);
    if (::syscall(SYS_tgkill, ::getpid(), thread_id_, sample_signal) != 0) return false;
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += answer_wait_ns;
    if (until.tv_nsec >= 1'000'000'000) {
        until.tv_nsec -= 1'000'000'000;
        ++until.tv_sec;
    }
    int result = 0;
    do {
        result = ::sem_timedwait(&answered_, &until);
    } while (result != 0 && errno == EINTR);
    // Without an answer the question is taken back, unless the handler is answering just now.
    if (result != 0 && !__atomic_exchange_n(&is_wanted_, false, __ATOMIC_ACQ_REL)) {
        while (::sem_wait(&answered_) != 0) {}
        result = 0;
    }
    return result == 0 && frame_count_ > 0;
}

bool stack_sampler::answer_here() noexcept {
    stack_sampler* here = sampler_here;
    if (here == nullptr || !__atomic_exchange_n(&here->is_wanted_, false, __ATOMIC_ACQ_REL)) {
        return false;
    }
    here->answer();
    ::sem_post(&here->answered_);
    return true;
}

/// In the signal handler: only reads, copies and walks the stack.
void stack_sampler::answer() noexcept {
    frame_count_ = 0;
    task_name_[0] = '\0';
    last_wait_ = {};
    if (__atomic_load_n(&loop_.step_count, __ATOMIC_RELAXED) != wanted_step_ ||
        !__atomic_load_n(&loop_.is_in_steps, __ATOMIC_RELAXED)) {
        return;  // the step has just ended
    }
    if (const detail::task_block* task = loop_.current; task != nullptr) {
        detail::copy_name(*task, task_name_, sizeof task_name_);
        last_wait_ = task->leaf_place;
    }
    frame_count_ = static_cast<std::size_t>(::backtrace(frames_, frames_max));
}

}  // namespace patio::debug
