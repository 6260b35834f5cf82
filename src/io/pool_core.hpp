// SPDX-License-Identifier: MIT
#pragma once

// The threads of a pool and the queue before them.

#include "forks.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/detail/wait_node.hpp>
#include <patio/io/detail/job.hpp>
#include <patio/io/thread_pool.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace patio::detail {

/// Invariant, under the lock: more jobs wait than threads are idle only if there are as many
/// threads as allowed.
class pool_core {
public:
    explicit pool_core(const thread_pool_options& options) noexcept;
    pool_core(const pool_core&) = delete;
    pool_core& operator=(const pool_core&) = delete;
    /// No job is left. Joins the threads.
    static void destroy(pool_core* core) noexcept;

    /// False in the child of a fork: there the threads do not exist, and the lock and what waits
    /// for them is as it was at the moment of the fork. Nothing else may be asked then, but
    /// thread_count.
    [[nodiscard]] bool is_of_this_process() const noexcept {
        return fork_count_ == count_of_forks();
    }
    [[nodiscard]] const thread_pool_options& options() const noexcept { return options_; }

    /// The pool of this thread's loop, made at the first call and destroyed with the loop.
    static pool_core& of_this_loop();

    /// **Fails** with thread_pool_full; with usage_error if it is a parent's.
    void check_room();
    /// Queues a job. False: no thread can be started and there is none; the job has the error.
    [[nodiscard]] bool submit(job_base& job) noexcept;
    /// Takes a job back, if no thread has it yet.
    [[nodiscard]] bool take_back(job_base& job) noexcept;
    /// Tells a running job to stop.
    void ask_to_stop(job_base& job) noexcept;
    /// Sleeps until the job is told to stop. **Returns** whether it was.
    bool wait_for_stop(const job_base& job, duration limit);

    [[nodiscard]] std::size_t threads_max() const noexcept { return options_.threads_max_; }
    [[nodiscard]] duration stuck_limit() const noexcept { return options_.stuck_limit_; }
    [[nodiscard]] std::size_t thread_count() noexcept;
    [[nodiscard]] std::size_t waiting_count() noexcept;

private:
    ~pool_core();
    void work() noexcept;
    bool wait_for_work(std::unique_lock<std::mutex>& guard) noexcept;
    void start_thread();
    void remove(job_base& waiting) noexcept;
    static void join_all(std::vector<std::thread>& threads) noexcept;

    const thread_pool_options options_;
    const std::uint32_t fork_count_ = count_of_forks();

    std::mutex lock_;
    std::condition_variable has_work_;
    std::condition_variable has_stop_;
    node_list queue_;
    std::size_t waiting_count_ = 0;  // in the queue
    std::size_t job_count_ = 0;      // in the queue or running
    std::size_t idle_count_ = 0;     // threads that sleep or start: each will take a job
    std::vector<std::thread> threads_;
    std::vector<std::thread> ended_;  // to be joined
    bool is_closing_ = false;
    pool_core* next_left_ = nullptr;
};

/// Says that a job goes on although its task was cancelled. It outlives the job if it is on its way
/// to be called when that ends.
class stuck_watch final : public callback_node {
public:
    /// Begins to watch. Null if there is nothing to be said, ever, or no memory for it.
    static stuck_watch* begin(job_base& job, duration limit) noexcept;
    /// The job has ended.
    void end() noexcept;

private:
    explicit stuck_watch(job_base& job, duration limit) noexcept;
    void say() noexcept;

    job_base* job_;
    duration limit_;
};

}  // namespace patio::detail
