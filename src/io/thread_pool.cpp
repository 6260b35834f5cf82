// SPDX-License-Identifier: MIT

#include <patio/io/thread_pool.hpp>

#include "pool_core.hpp"

#include <patio/base/assert.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/report.hpp>
#include <patio/core/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <system_error>

#include <pthread.h>

namespace patio {

thread_pool_full::~thread_pool_full() = default;
const char* thread_pool_full::what() const noexcept {
    return "the thread pool lets no more functions wait";
}

// --- options

thread_pool_options::thread_pool_options() noexcept
    : threads_max_{std::max(1U, std::thread::hardware_concurrency())} {}

thread_pool_options& thread_pool_options::threads_max(std::size_t count) noexcept {
    threads_max_ = std::max<std::size_t>(count, 1);
    return *this;
}

thread_pool_options& thread_pool_options::waiting_max(std::size_t count) noexcept {
    waiting_max_ = count;
    return *this;
}

thread_pool_options& thread_pool_options::idle_limit(duration limit) noexcept {
    idle_limit_ = limit;
    return *this;
}

thread_pool_options& thread_pool_options::report_stuck_after(duration limit) noexcept {
    stuck_limit_ = limit;
    return *this;
}

// --- thread_pool

thread_pool::thread_pool(thread_pool_options options) : core_{new detail::pool_core{options}} {}
thread_pool::~thread_pool() { detail::pool_core::destroy(core_); }

std::size_t thread_pool::threads_max() const noexcept {
    return __atomic_load_n(&core_, __ATOMIC_ACQUIRE)->threads_max();
}
std::size_t thread_pool::thread_count() const noexcept {
    return __atomic_load_n(&core_, __ATOMIC_ACQUIRE)->thread_count();
}
std::size_t thread_pool::waiting_count() const noexcept {
    return __atomic_load_n(&core_, __ATOMIC_ACQUIRE)->waiting_count();
}

detail::pool_core* thread_pool::core() {
    detail::pool_core* known = __atomic_load_n(&core_, __ATOMIC_ACQUIRE);
    if (known->is_of_this_process()) [[likely]]
        return known;
    auto* fresh = new detail::pool_core{known->options()};
    detail::pool_core* current = known;
    if (__atomic_compare_exchange_n(&core_, &current, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        detail::pool_core::destroy(known);
        return fresh;
    }
    detail::pool_core::destroy(fresh);  // another thread of this process was first
    return current;
}

namespace detail {

namespace {

/// For calls that block more than they compute; a bound, not a target.
constexpr std::size_t default_threads_max = 64;

/// Chrono's arithmetic overflows beyond; a century is as good as for ever.
std::chrono::nanoseconds bounded(duration length) noexcept {
    constexpr duration longest = duration::seconds(std::int64_t{100} * 365 * 24 * 3600);
    return std::chrono::nanoseconds{std::min(length, longest).count()};
}

}  // namespace

// --- pool_core

pool_core::pool_core(const thread_pool_options& options) noexcept : options_{options} {}

void pool_core::destroy(pool_core* core) noexcept {
    if (core->is_of_this_process()) {
        delete core;
        return;
    }
    // There is nothing to join, and a condition that threads waited for cannot be destroyed. What a
    // child has from its parent is kept, in a place where leak checkers find it.
    static constinit pool_core* left_by_parents = nullptr;
    core->next_left_ = __atomic_load_n(&left_by_parents, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&left_by_parents, &core->next_left_, core, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
}

pool_core::~pool_core() {
    std::vector<std::thread> all;
    std::vector<std::thread> ended;
    {
        const std::lock_guard guard{lock_};
        PATIO_ASSERT(job_count_ == 0,
                     "a thread_pool was destroyed while tasks wait for its functions");
        is_closing_ = true;
        has_work_.notify_all();
        all = std::move(threads_);
        ended = std::move(ended_);
    }
    join_all(all);
    join_all(ended);
}

pool_core& pool_core::of_this_loop() {
    static constexpr char key = 0;
    loop& here = *this_loop->self;
    if (void* pool = here.attachment(&key)) return *static_cast<pool_core*>(pool);
    const auto drop = [](void* pool) noexcept { destroy(static_cast<pool_core*>(pool)); };
    auto* fresh = new pool_core{thread_pool_options{}.threads_max(default_threads_max)};
    try {
        here.attach(&key, fresh, drop);
    } catch (...) {
        drop(fresh);
        throw;
    }
    return *fresh;
}

void pool_core::check_room() {
    if (!is_of_this_process()) [[unlikely]] {
        throw usage_error{
            "a function was given to the threads of the parent process: in the child of a fork, "
            "call thread_pool::run() again, inside a patio::run() of its own"};
    }
    const std::lock_guard guard{lock_};
    if (threads_.size() < options_.threads_max_ || waiting_count_ < idle_count_) return;
    if (waiting_count_ - idle_count_ >= options_.waiting_max_) throw thread_pool_full{};
}

bool pool_core::submit(job_base& job) noexcept {
    std::vector<std::thread> ended;
    bool is_accepted = true;
    {
        const std::lock_guard guard{lock_};
        ended = std::move(ended_);
        job.state_ = job_base::state::waiting;
        queue_.push_back(job);
        ++waiting_count_;
        ++job_count_;
        if (waiting_count_ <= idle_count_) {
            has_work_.notify_one();
        } else if (threads_.size() < options_.threads_max_) {
            try {
                start_thread();
            } catch (...) {
                if (threads_.empty()) {  // nobody would ever run it
                    remove(job);
                    job.set_error(std::current_exception());
                    is_accepted = false;
                }
            }
        }
    }
    join_all(ended);
    return is_accepted;
}

void pool_core::start_thread() {
    threads_.reserve(options_.threads_max_);  // so that a thread that has started cannot get lost
    threads_.emplace_back([this] { work(); });
    ++idle_count_;
    ::pthread_setname_np(threads_.back().native_handle(), "patio-pool");
}

void pool_core::remove(job_base& job) noexcept {
    node_list::remove(job);
    job.state_ = job_base::state::ended;
    --waiting_count_;
    --job_count_;
}

void pool_core::join_all(std::vector<std::thread>& threads) noexcept {
    for (std::thread& thread : threads)
        thread.join();
}

void pool_core::work() noexcept {
    std::unique_lock guard{lock_};
    --idle_count_;
    for (;;) {
        if (wait_node* node = queue_.pop_front()) {
            --waiting_count_;
            auto& job = static_cast<job_base&>(static_cast<callback_node&>(*node));
            job.state_ = job_base::state::running;
            guard.unlock();
            job.execute();
            guard.lock();
            job.state_ = job_base::state::ended;
            --job_count_;
            guard.unlock();
            job.come_back();
            guard.lock();
        } else if (is_closing_ || !wait_for_work(guard)) {
            return;
        }
    }
}

/// False if there was nothing to do for so long that the thread ends.
bool pool_core::wait_for_work(std::unique_lock<std::mutex>& guard) noexcept {
    const auto until = std::chrono::steady_clock::now() + bounded(options_.idle_limit_);
    ++idle_count_;
    bool is_over = false;
    while (queue_.empty() && !is_closing_ && !is_over) {
        is_over = has_work_.wait_until(guard, until) == std::cv_status::timeout;
    }
    --idle_count_;
    if (!queue_.empty() || is_closing_) return true;
    const auto self = std::find_if(threads_.begin(), threads_.end(), [](const auto& thread) {
        return thread.get_id() == std::this_thread::get_id();
    });
    try {
        ended_.push_back(std::move(*self));
    } catch (...) {
        return true;  // no memory for leaving: wait once more
    }
    threads_.erase(self);
    return false;
}

bool pool_core::take_back(job_base& job) noexcept {
    const std::lock_guard guard{lock_};
    if (job.state_ != job_base::state::waiting) return false;
    remove(job);
    return true;
}

void pool_core::ask_to_stop(job_base& job) noexcept {
    const std::lock_guard guard{lock_};
    __atomic_store_n(&job.is_stop_asked_, true, __ATOMIC_RELEASE);
    has_stop_.notify_all();
}

bool pool_core::wait_for_stop(const job_base& job, duration limit) {
    std::unique_lock guard{lock_};
    return has_stop_.wait_for(guard, bounded(limit), [&] {
        return __atomic_load_n(&job.is_stop_asked_, __ATOMIC_ACQUIRE);
    });
}

std::size_t pool_core::thread_count() noexcept {
    if (!is_of_this_process()) return 0;
    const std::lock_guard guard{lock_};
    return threads_.size();
}

std::size_t pool_core::waiting_count() noexcept {
    if (!is_of_this_process()) return 0;
    const std::lock_guard guard{lock_};
    return waiting_count_;
}

// --- job

job_base::job_base(job_base&& unstarted) noexcept : pool_{unstarted.pool_} {
    PATIO_ASSERT(unstarted.state_ == state::made, "an operation was moved after it had started");
}

void job_base::await_suspend(awaiting_frame frame, std::source_location where) {
    PATIO_ASSERT(state_ == state::made, "an operation was awaited twice: make another one");
    if (pool_ == nullptr) pool_ = &pool_core::of_this_loop();
    pool_->check_room();
    task_block* task = begin_wait(frame, wait_kind::job, where);
    if (task == nullptr) return;
    waiting_ = task;
    task->payload = static_cast<abortable*>(this);
    call = [](callback_node& self) {
        auto& back = static_cast<job_base&>(self);
        if (back.watch_ != nullptr) back.watch_->end();
        if (back.was_cancelled_ && back.is_stop_seen_) {
            wake_to_unwind(*back.waiting_);
        } else {
            wake(*back.waiting_);
        }
    };
    drop = [](callback_node&) noexcept {};  // its task would be alive: a loop does not end then
    home_ = current_loop();                 // counts as something outside that may wake the loop
    if (!pool_->submit(*this)) wake(*task);
}

void job_base::request_cancel(task_block& task) noexcept {
    was_cancelled_ = true;
    if (pool_->take_back(*this)) {
        wake_to_unwind(task);
        return;
    }
    pool_->ask_to_stop(*this);
    watch_ = stuck_watch::begin(*this, pool_->stuck_limit());
}

/// The last thing that the pool's thread does: the job is gone once the loop has it.
void job_base::come_back() noexcept {
    const loop_handle home = std::move(home_);
    home.post(static_cast<callback_node&>(*this));
}

void job_base::check() {
    deliver_cancellation();
    if (error_) std::rethrow_exception(std::move(error_));
}

// --- stuck_watch

stuck_watch::stuck_watch(job_base& job, duration limit) noexcept : job_{&job}, limit_{limit} {
    call = [](callback_node& self) {
        auto& due = static_cast<stuck_watch&>(self);
        if (due.job_ == nullptr) {
            delete &due;  // the job ended while this was on its way
        } else {
            due.say();
        }
    };
    drop = [](callback_node& self) noexcept { delete &static_cast<stuck_watch&>(self); };
}

stuck_watch* stuck_watch::begin(job_base& job, duration limit) noexcept {
    if (limit == duration::forever()) return nullptr;
    auto* watch = new (std::nothrow) stuck_watch{job, limit};
    if (watch != nullptr) this_loop->self->call_at(*watch, now() + limit);
    return watch;
}

void stuck_watch::end() noexcept {
    job_ = nullptr;
    if (kind == wait_kind::running || this_loop->self->cancel_call(*this)) delete this;
}

void stuck_watch::say() noexcept {
    kind = wait_kind::running;
    task_block& task = *job_->waiting_;
    const std::source_location where = task.leaf_place.location();
    const std::string text = "a function that task '" + std::string{name_of(task)} +
                             "' has given to a thread goes on although the task was cancelled " +
                             std::to_string(limit_.in_seconds()) +
                             " s ago: let it take a patio::stop_signal and look at it\n  awaited "
                             "at " +
                             where.file_name() + ":" + std::to_string(where.line());
    emit_report(report{report_kind::stuck_job, text.c_str(), name_of(task), where});
}

}  // namespace detail

bool stop_signal::requested() const noexcept {
    const bool is_asked = __atomic_load_n(&job_->is_stop_asked_, __ATOMIC_ACQUIRE);
    if (is_asked) __atomic_store_n(&job_->is_stop_seen_, true, __ATOMIC_RELAXED);
    return is_asked;
}

bool stop_signal::wait_for(duration limit) const {
    const bool is_asked = job_->pool_->wait_for_stop(*job_, limit);
    if (is_asked) __atomic_store_n(&job_->is_stop_seen_, true, __ATOMIC_RELAXED);
    return is_asked;
}

}  // namespace patio
