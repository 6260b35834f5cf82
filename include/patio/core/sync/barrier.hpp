// SPDX-License-Identifier: MIT
#pragma once

// A place where a fixed number of tasks wait for each other.

#include <patio/base/config.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>

namespace patio {

/// The barrier was reset or aborted: the tasks that waited have not met.
class PATIO_EXPORT broken_barrier : public std::exception {
public:
    broken_barrier() noexcept = default;
    broken_barrier(const broken_barrier&) noexcept = default;
    broken_barrier& operator=(const broken_barrier&) noexcept = default;
    ~broken_barrier() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// Lets tasks pass together, as soon as a given number of them has come; then begins anew.
///
/// **Use** it for work in rounds. For an end that comes once take an `event`, or a task group.
///
/// **Threads** belongs to one loop.
/// **Order** tasks go on in the order in which they came; the last one goes on at once.
/// **Cost** no allocation.
class PATIO_EXPORT barrier {
public:
    using loop_affine = void;

    /// **Fails** with usage_error if `parties` is zero.
    explicit barrier(std::size_t parties);
    barrier(const barrier&) = delete;  // tasks wait on the address
    barrier& operator=(const barrier&) = delete;
    /// Ends the program if tasks wait.
    ~barrier() { waiters_.check_empty("a barrier"); }

    class wait_operation;

    /// Waits until `parties()` tasks have come.
    ///
    /// **Returns** the task's place in the order of coming, from zero: different for each of those
    /// who pass together, so that one of them can be picked.
    /// **Suspends** unless this task is the last one.
    /// **Fails** with broken_barrier.
    /// **Cancel** the task has not come: the others wait for one more.
    [[nodiscard("waiting needs co_await: co_await b.wait()")]] wait_operation wait() noexcept;

    /// Makes those who wait fail with broken_barrier, and begins anew; mends one that was aborted.
    /// Those who have passed already are not concerned.
    void reset() noexcept;
    /// Makes those who wait, and those who come later, fail with broken_barrier, until `reset()`.
    void abort() noexcept;

    [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
    /// How many tasks wait.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    /// Whether it was aborted.
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

private:
    enum class outcome : std::uint8_t { waits, passed, broken };

    void end_waits(outcome how) noexcept;

    // Invariant: waiting_ is the number of waiters_, less than parties_.
    detail::wait_list waiters_;
    std::size_t parties_;
    std::size_t waiting_ = 0;
    bool is_broken_ = false;
};

/// What `barrier::wait()` returns.
class [[nodiscard("waiting needs co_await: co_await b.wait()")]]
PATIO_EXPORT barrier::wait_operation final : private detail::abortable {
public:
    explicit wait_operation(barrier& source) noexcept : source_{&source} {}

    [[nodiscard]] bool await_ready() noexcept;
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    std::size_t await_resume() const;

private:
    friend class barrier;

    void request_cancel(detail::task_block& task) noexcept override;
    [[nodiscard]] bool is_last() const noexcept {
        return source_->waiting_ + 1 >= source_->parties_;
    }
    void pass() noexcept;

    barrier* source_;
    std::size_t index_ = 0;
    outcome outcome_ = outcome::waits;
};

inline barrier::wait_operation barrier::wait() noexcept { return wait_operation{*this}; }

}  // namespace patio
