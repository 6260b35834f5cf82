// SPDX-License-Identifier: MIT
#pragma once

// A number of permits, and a queue of tasks that want some.

#include <patio/base/config.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <utility>

namespace patio {

class semaphore;

/// Holds permits of a `semaphore` and gives them back when it dies.
///
/// **Borrows** the semaphore. It can be moved, also to another task: permits have no owner.
class [[nodiscard("a permit that is dropped is given back at once: give it a name")]]
PATIO_EXPORT semaphore_permit {
public:
    using loop_affine = void;

    semaphore_permit() noexcept = default;
    semaphore_permit(semaphore_permit&& other) noexcept
        : source_{std::exchange(other.source_, nullptr)}, count_{other.count_} {}
    semaphore_permit& operator=(semaphore_permit&& other) noexcept {
        if (this != &other) {
            release();
            source_ = std::exchange(other.source_, nullptr);
            count_ = other.count_;
        }
        return *this;
    }
    ~semaphore_permit() { release(); }

    /// Gives the permits back before the object dies; does nothing if it is empty.
    void release() noexcept;
    /// Keeps the permits without the object: `semaphore::release()` has to give them back.
    void forget() noexcept { source_ = nullptr; }
    /// How many permits it holds.
    [[nodiscard]] std::size_t count() const noexcept { return source_ != nullptr ? count_ : 0; }

private:
    friend class semaphore;
    semaphore_permit(semaphore& source, std::size_t count) noexcept
        : source_{&source}, count_{count} {}

    semaphore* source_ = nullptr;
    std::size_t count_ = 0;
};

/// Lets a limited number of tasks do something at the same time.
///
/// **Use** it for limits: connections, open files, requests in flight. A permit has no owner: it
/// may be taken in one task and given back in another, and `release()` may add permits that nobody
/// took. For a limit of one with an owner take a `mutex`; `bounded_semaphore` refuses surplus
/// permits.
///
/// **Threads** belongs to one loop.
/// **Order** first come, first served, also among tasks that want different numbers of permits: one
/// that wants many is not passed by those who want few, so it cannot starve.
/// **Cost** no allocation.
class PATIO_EXPORT semaphore {
public:
    using loop_affine = void;
    using permit = semaphore_permit;

    /// Begins with `permits` free ones; none is allowed.
    explicit semaphore(std::size_t permits) noexcept : semaphore{permits, SIZE_MAX} {}
    semaphore(const semaphore&) = delete;  // permits and waiters point at it
    semaphore& operator=(const semaphore&) = delete;
    /// Ends the program if tasks wait.
    ~semaphore() {
        if (handed_ > 0 || !waiters_.empty()) [[unlikely]]
            abandon();
    }

    class acquire_operation;

    /// Waits until `count` permits are free and everybody who came before has got theirs; takes
    /// them.
    ///
    /// **Suspends** only if it has to wait, or to give others a turn after many operations that
    /// were ready at once.
    /// **Fails** with usage_error at once if `count` is zero, or larger than a bounded semaphore's
    /// bound.
    /// **Cancel** the task leaves the queue, and whoever is content with what is free goes on.
    /// Permits that were handed over before are kept, and given back by the unwinding.
    [[nodiscard("acquiring needs co_await: auto permit = co_await s.acquire()")]] acquire_operation
    acquire(std::size_t count = 1);

    /// Takes `count` permits if they are free and nobody waits; empty otherwise. Never suspends.
    /// **Fails** like `acquire`.
    [[nodiscard("an ignored permit is given back at once")]] std::optional<semaphore_permit>
    try_acquire(std::size_t count = 1) {
        check(count);
        if (!take(count)) return std::nullopt;
        return semaphore_permit{*this, count};
    }

    /// Adds `count` permits and hands them to those who wait.
    /// **Use** it for permits that are not held by a `permit` object.
    /// **Fails** with usage_error if there were more than a bounded semaphore's bound; none is
    /// added.
    void release(std::size_t count = 1) {
        if (count > limit_ - available_) [[unlikely]]
            refuse_release();
        add(count);
    }

    /// How many permits are free.
    [[nodiscard]] std::size_t available() const noexcept { return available_; }
    /// Whether `acquire()` would have to wait.
    [[nodiscard]] bool locked() const noexcept { return available_ == 0 || !waiters_.empty(); }
    /// How many tasks wait. **Cost** counts them.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

protected:
    semaphore(std::size_t permits, std::size_t limit) noexcept
        : available_{permits}, limit_{limit} {}

private:
    friend class semaphore_permit;

    void check(std::size_t count) const {
        if (count - 1 >= limit_) [[unlikely]]  // zero wraps around
            refuse_count(count);
    }
    [[nodiscard]] bool has(std::size_t count) const noexcept {
        return count <= available_ && waiters_.empty();
    }
    bool take(std::size_t count) noexcept {
        if (!has(count)) return false;
        available_ -= count;
        return true;
    }
    void add(std::size_t count) noexcept {
        available_ += count;
        if (!waiters_.empty()) [[unlikely]]
            hand_out();
    }
    void give_back(std::size_t count) noexcept {
        if (count > limit_ - available_) [[unlikely]]
            refuse_permit();
        add(count);
    }
    void hand_out() noexcept;
    [[noreturn, gnu::cold]] static void refuse_count(std::size_t count);
    [[noreturn, gnu::cold]] static void refuse_release();
    [[noreturn, gnu::cold]] static void refuse_permit() noexcept;
    [[noreturn, gnu::cold]] void abandon() const noexcept;

    // Invariant: the first waiter wants more than available_.
    detail::wait_list waiters_;
    std::size_t available_;
    std::size_t limit_;
    std::size_t handed_ = 0;  // awake with their permits, and have not run yet
};

/// A semaphore that never has more permits than it began with.
///
/// **Use** it where a surplus `release()` is a bug that should show.
class PATIO_EXPORT bounded_semaphore : public semaphore {
public:
    explicit bounded_semaphore(std::size_t permits) noexcept : semaphore{permits, permits} {}
};

/// What `semaphore::acquire()` returns.
class [[nodiscard("acquiring needs co_await: auto permit = co_await s.acquire()")]]
PATIO_EXPORT semaphore::acquire_operation final : private detail::abortable {
public:
    acquire_operation(semaphore& source, std::size_t count) noexcept
        : source_{&source}, count_{count} {}

    [[nodiscard]] bool await_ready() noexcept {
        return source_->has(count_) && detail::spend_budget() && source_->take(count_);
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    [[nodiscard("a permit that is dropped is given back at once: give it a name")]] semaphore_permit
    await_resume() {
        detail::deliver_cancellation();
        if (std::exchange(is_handed_, false)) --source_->handed_;
        return semaphore_permit{*source_, count_};
    }

private:
    friend class semaphore;
    void request_cancel(detail::task_block& task) noexcept override;

    semaphore* source_;
    std::size_t count_;
    bool is_handed_ = false;  // by whoever released them
};

// --- implementation

inline semaphore::acquire_operation semaphore::acquire(std::size_t count) {
    check(count);
    return acquire_operation{*this, count};
}

inline void semaphore_permit::release() noexcept {
    if (source_ != nullptr) std::exchange(source_, nullptr)->give_back(count_);
}

}  // namespace patio
