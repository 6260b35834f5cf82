// SPDX-License-Identifier: MIT
#pragma once

// Takes the stack of another thread, by a signal.

#include <patio/core/detail/loop_state.hpp>

#include <cstddef>
#include <cstdint>

#include <semaphore.h>
#include <sys/types.h>

namespace patio::debug {

/// One loop's thread, from which stacks can be taken.
///
/// **Threads** made and destroyed on that thread; `take()` is called on another one.
class PATIO_EXPORT stack_sampler {  // exported for tests only
public:
    static constexpr std::size_t frames_max = 64;

    explicit stack_sampler(const detail::loop_state& watched);
    stack_sampler(const stack_sampler&) = delete;
    stack_sampler& operator=(const stack_sampler&) = delete;
    ~stack_sampler();

    /// Asks for the stack and for what the loop does in step `step`. False if no answer came: the
    /// thread blocks the signal, or has gone on.
    bool take(std::uint64_t step) noexcept;

    // The answer, valid after take() has returned true.
    [[nodiscard]] void* const* frames() const noexcept { return frames_; }
    [[nodiscard]] std::size_t frame_count() const noexcept { return frame_count_; }
    /// The running task's name; empty if a posted function runs.
    [[nodiscard]] const char* task_name() const noexcept { return task_name_; }
    /// Its last co_await that suspended; unknown if it has not waited yet.
    [[nodiscard]] detail::place last_wait() const noexcept { return last_wait_; }

    [[nodiscard]] pid_t thread_id() const noexcept { return thread_id_; }

    /// For the handler of the signal: on the thread itself.
    static bool answer_here() noexcept;

private:
    void answer() noexcept;

    const detail::loop_state& loop_;
    pid_t thread_id_;
    sem_t answered_;
    std::uint64_t wanted_step_ = 0;
    bool is_wanted_ = false;  // shared with the handler, by atomic operations
    void* frames_[frames_max] = {};
    std::size_t frame_count_ = 0;
    char task_name_[128] = {};
    detail::place last_wait_;
};

}  // namespace patio::debug
