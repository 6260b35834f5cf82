// SPDX-License-Identifier: MIT

#include "signal_watch.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include <pthread.h>

namespace patio::detail {

/// One watch as the handler sees it. While it is posted it belongs to the loop as well: a watch
/// that ends meanwhile leaves it behind, and whoever takes it out of the loop frees it.
struct signal_watch::node : callback_node {
    loop* target;
    int number;
    signal_manner manner;
    unique_function<void()> serve;
    std::atomic<node*> following = nullptr;  // in the hub's list
    std::atomic<bool> is_posted = false;
    std::atomic<bool> has_fired = false;  // ever
    bool is_left_behind = false;          // the loop's thread only

    node(loop& target_, int number_, signal_manner manner_, unique_function<void()> serve_)
        : target{&target_}, number{number_}, manner{manner_}, serve{std::move(serve_)} {
        call = [](callback_node& self) {
            auto& served = static_cast<node&>(self);
            if (served.is_left_behind) {
                delete &served;
                return;
            }
            served.is_posted.store(false);  // first: what comes now is another signal
            served.serve();
        };
        drop = [](callback_node& self) noexcept {
            auto& dropped = static_cast<node&>(self);
            if (dropped.is_left_behind) {
                delete &dropped;
            } else {
                dropped.is_posted.store(false);
            }
        };
    }
};

/// The process's table of watches. Changed under a lock; read by the handler without one, because
/// it may interrupt the thread that holds it. So whoever takes a node out waits until no handler
/// can still be looking at it.
struct signal_watch::hub {
    static constexpr int numbers = 65;  // signal(7): 1 to 64

    struct entry {
        std::atomic<node*> first = nullptr;
        std::atomic<int> taken_count = 0;
        struct sigaction before = {};
    };

    std::mutex lock;
    entry table[numbers];
    std::atomic<int> handlers = 0;  // how many run

    static hub& get() noexcept {
        static hub* only = [] {
            // The lock must be free in a forked child, and the table in order.
            ::pthread_atfork([] { get().lock.lock(); }, [] { get().lock.unlock(); },
                             [] {
                                 get().forget_after_fork();
                                 get().lock.unlock();
                             });
            return new hub;  // lives for ever: handlers may run until the very end
        }();
        return *only;
    }
    static std::atomic<hub*> for_handler;  // set before the first handler is installed

    static void handle(int number) noexcept;
    void forget_after_fork() noexcept;
    void install(int number, struct sigaction* before) noexcept;
    static bool is_ours(const struct sigaction& action) noexcept {
        return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == &hub::handle;
    }
    static bool is_default(const struct sigaction& action) noexcept {
        return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
    }
    void add(node& watch) noexcept;
    void remove(node& watch) noexcept;
    void give_back(int number) noexcept;
};

std::atomic<signal_watch::hub*> signal_watch::hub::for_handler = nullptr;

namespace {

void meet_default_action(int number) noexcept {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
    ::raise(number);  // delivered when this handler returns
}

/// The kernel lets nobody have these two. sigaction(2) itself says EINVAL for glibc's own.
bool is_catchable(int number) noexcept { return number != SIGKILL && number != SIGSTOP; }

/// Whether a watch stands aside when the user takes its signal.
bool stands_aside(signal_manner manner) noexcept {
    return manner == signal_manner::once || manner == signal_manner::impatient;
}

}  // namespace

void signal_watch::hub::handle(int number) noexcept {
    const int error = errno;
    hub& self = *for_handler.load();
    self.handlers.fetch_add(1);
    bool is_overdue = false;
    const bool is_taken = self.table[number].taken_count.load() > 0;
    for (node* watch = self.table[number].first.load(); watch != nullptr;
         watch = watch->following.load()) {
        if (is_taken && stands_aside(watch->manner)) continue;
        watch->has_fired.store(true);
        if (!watch->is_posted.exchange(true)) {
            watch->target->post(*watch);
        } else if (watch->manner == signal_manner::impatient) {
            is_overdue = true;
        }
    }
    self.handlers.fetch_sub(1);
    if (is_overdue) meet_default_action(number);
    errno = error;
}

/// The child of a fork has none of the loops: signals do there what they did before.
void signal_watch::hub::forget_after_fork() noexcept {
    handlers.store(0);  // those that run were in threads that the child has not got
    for (int number = 1; number < numbers; ++number) {
        entry& here = table[number];
        here.taken_count.store(0);
        if (here.first.exchange(nullptr) == nullptr) continue;
        struct sigaction current = {};
        ::sigaction(number, nullptr, &current);
        if (is_ours(current)) ::sigaction(number, &here.before, nullptr);
    }
}

/// Installs what the watches of a number need now.
void signal_watch::hub::install(int number, struct sigaction* before) noexcept {
    entry& here = table[number];
    struct sigaction action = {};
    action.sa_handler = &hub::handle;
    // Blocking calls in other threads go on: only the loop wants to know.
    action.sa_flags = SA_RESTART;
    // The one that is `once` is alone, but for those that have taken the signal.
    const node* watch = here.first.load();
    if (here.taken_count.load() == 0 && watch->manner == signal_manner::once) {
        action.sa_flags |= static_cast<int>(SA_RESETHAND);
        if (watch->has_fired.load()) action.sa_handler = SIG_DFL;
    }
    ::sigfillset(&action.sa_mask);
    ::sigaction(number, &action, before);
}

void signal_watch::hub::add(node& watch) noexcept {
    entry& here = table[watch.number];
    const bool is_first = here.first.load() == nullptr;
    if (watch.manner == signal_manner::taken) here.taken_count.fetch_add(1);
    watch.following.store(here.first.load());
    here.first.store(&watch);
    for_handler.store(this);
    if (is_first) {
        install(watch.number, &here.before);
    } else if (watch.manner == signal_manner::taken) {
        install(watch.number, nullptr);  // also where the program has put something in our place
    }
}

/// When the last watch has gone.
void signal_watch::hub::give_back(int number) noexcept {
    struct sigaction current = {};
    ::sigaction(number, nullptr, &current);
    // Ours, or what `once` has left; anything else was set by the program meanwhile and stays.
    if (is_ours(current) || is_default(current)) {
        ::sigaction(number, &table[number].before, nullptr);
    }
}

void signal_watch::hub::remove(node& watch) noexcept {
    entry& here = table[watch.number];
    std::atomic<node*>* link = &here.first;
    while (link->load() != nullptr && link->load() != &watch)
        link = &link->load()->following;
    if (link->load() == nullptr) return;  // a forked child has forgotten it
    // In this order: a signal that comes in between is heard by both rather than by nobody.
    const bool was_last_taken =
        watch.manner == signal_manner::taken && here.taken_count.fetch_sub(1) == 1;
    link->store(watch.following.load());
    if (here.first.load() == nullptr) {
        give_back(watch.number);
    } else if (was_last_taken) {
        struct sigaction current = {};
        ::sigaction(watch.number, nullptr, &current);
        if (is_ours(current)) install(watch.number, nullptr);
    }
    while (handlers.load() != 0)
        std::this_thread::yield();
}

signal_watch::signal_watch(loop& target, int number, signal_manner manner,
                           unique_function<void()> serve) {
    if (number < 1 || number >= hub::numbers) return;
    hub& all = hub::get();
    const std::lock_guard guard{all.lock};
    const node* other = all.table[number].first.load();
    struct sigaction current = {};
    if (::sigaction(number, nullptr, &current) != 0) return;
    if (manner == signal_manner::taken) {
        if (!is_catchable(number)) return;
    } else if (other == nullptr) {
        if (!hub::is_default(current)) return;
    } else if (!hub::is_ours(current) || manner == signal_manner::once ||
               other->manner == signal_manner::once) {
        return;
    }
    node_ = new node{target, number, manner, std::move(serve)};
    all.add(*node_);
}

signal_watch::~signal_watch() {
    if (node_ == nullptr) return;
    hub& all = hub::get();
    {
        const std::lock_guard guard{all.lock};
        all.remove(*node_);
    }
    // No handler sees it any more. If the loop still has it, that frees it.
    node_->is_left_behind = true;
    if (!node_->is_posted.load()) delete node_;
}

}  // namespace patio::detail
