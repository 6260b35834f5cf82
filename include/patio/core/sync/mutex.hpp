// SPDX-License-Identifier: MIT
#pragma once

// Mutual exclusion of tasks, across their co_awaits.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/detail/wait_list.hpp>
#include <patio/core/errors.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <utility>

namespace patio {

class mutex;

/// The mutex cannot be locked any more: a task ended while it held it.
class PATIO_EXPORT broken_lock : public std::exception {
public:
    explicit broken_lock(shared_text what) noexcept : what_{std::move(what)} {}
    broken_lock(const broken_lock&) noexcept = default;
    broken_lock& operator=(const broken_lock&) noexcept = default;
    ~broken_lock() override;
    /// Names the task that broke it.
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    shared_text what_;
};

/// Holds a `mutex` and unlocks it when it dies.
///
/// It can be moved within its task, into a member or out of a function. It belongs to the task that
/// locked: if it dies in another one, the program ends with both names; if it outlives its task,
/// the mutex is broken (see there) and the guard is empty.
class [[nodiscard("a guard that is dropped unlocks at once: give it a name")]]
PATIO_EXPORT mutex_guard {
public:
    using loop_affine = void;

    mutex_guard() noexcept = default;
    mutex_guard(mutex_guard&& other) noexcept;
    mutex_guard& operator=(mutex_guard&& other) noexcept;
    ~mutex_guard();

    /// Gives the mutex back before the guard dies; does nothing if it is empty.
    void unlock() noexcept;
    /// Whether it holds a mutex.
    [[nodiscard]] bool owns_lock() const noexcept { return mutex_ != nullptr; }
    /// The mutex that it holds, or null.
    [[nodiscard]] class mutex* mutex() const noexcept { return mutex_; }

private:
    friend class mutex;
    explicit mutex_guard(class mutex& locked) noexcept;

    class mutex* mutex_ = nullptr;
};

namespace detail {

/// Somebody in the queue of a mutex: what a task's `payload` points to while its kind is `mutex` or
/// `relock`.
struct lock_wait {
    mutex* target;
    mutex_guard* guard = nullptr;  ///< becomes the holder at once; null: `co_await` gives a new one
};

/// The cold end of a task that holds mutexes: breaks them.
[[gnu::cold]] PATIO_EXPORT void break_held_mutexes(task_block& ended) noexcept;

}  // namespace detail

/// Lets one task at a time through, from one `co_await` to another.
///
/// **Use** it for state that must not change while its user waits for something. Between two
/// co_awaits nobody else runs: what does not wait needs no lock. Example: the first test in
/// tests/core/mutex_test.cpp.
///
/// A mutex knows its owner, which turns three silent hangs into messages. Locking it twice throws.
/// Unlocking it from another task ends the program and names both. A task that ends while it holds
/// the lock (its guard was moved to where it outlives the task) breaks it: a `broken_lock` report
/// names the task, and whoever waits or locks later gets `broken_lock`, because nobody can know in
/// which state the guarded data is.
///
/// Lock in the task that uses the data: `gather(m.lock(), …)` would lock for a child that ends at
/// once. `timeout(1s, m.lock())` is fine, it runs in the caller's task.
///
/// **Threads** belongs to one loop.
/// **Order** first come, first served: unlocking hands over to the longest waiter, nobody barges
/// in.
/// **Cost** no allocation per lock; the first mutex that a task locks may make the task's record.
class PATIO_EXPORT mutex {
public:
    using loop_affine = void;
    using guard = mutex_guard;

    mutex() noexcept = default;
    mutex(const mutex&) = delete;  // guards and waiters point at it
    mutex& operator=(const mutex&) = delete;
    /// Ends the program if it is locked or tasks wait.
    ~mutex() {
        if (owner_ != nullptr || expected_ > 0 || !waiters_.empty()) [[unlikely]]
            abandon();
    }

    class lock_operation;

    /// Waits until the mutex is free and gives a `guard`.
    ///
    /// **Suspends** only while another task holds it, or to give others a turn after many
    /// operations that were ready at once.
    /// **Fails** with usage_error if this task holds it already; with `broken_lock`.
    /// **Cancel** the task leaves the queue. If the lock was handed over before, it is kept, and
    /// unlocked by the unwinding.
    [[nodiscard("locking needs co_await: auto guard = co_await m.lock()")]] lock_operation
    lock() noexcept;

    /// Locks if nobody holds it; empty otherwise. Never suspends.
    /// **Fails** with usage_error if this task holds it already, or outside of a task; with
    /// `broken_lock`.
    [[nodiscard("an ignored guard unlocks at once")]] std::optional<mutex_guard> try_lock() {
        detail::task_block* task = current_task();
        if (owner_ != nullptr || is_broken_) [[unlikely]]
            if (!check_lockable(task)) return std::nullopt;
        take(*task);
        return mutex_guard{*this};
    }

    [[nodiscard]] bool is_locked() const noexcept { return owner_ != nullptr; }
    /// Whether a task ended while it held the lock.
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
    /// How many tasks wait. **Cost** counts them.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }
    /// For reports: the task that holds it, or null.
    [[nodiscard]] detail::task_block* owner() const noexcept { return owner_; }

private:
    friend class mutex_guard;
    friend class condition;
    friend void detail::break_held_mutexes(detail::task_block&) noexcept;

    static detail::task_block* current_task() {
        if (detail::this_loop == nullptr || detail::this_loop->current == nullptr) [[unlikely]]
            refuse_outside();
        return detail::this_loop->current;
    }
    [[noreturn, gnu::cold]] static void refuse_outside();
    /// For one that is not free: throws if `task` may not wait for it, else false.
    [[gnu::cold]] bool check_lockable(const detail::task_block* task) const;
    [[noreturn, gnu::cold]] void throw_broken();
    [[noreturn, gnu::cold]] void abandon() const noexcept;

    void take(detail::task_block& task);  // throws std::bad_alloc
    void hold(detail::task_block& task, mutex** head) noexcept;
    void let_go() noexcept;
    void hand_over() noexcept;
    void grant(detail::task_block& task) noexcept;
    void leave_for_wait() noexcept;
    void come_back(detail::task_block& task, detail::lock_wait& how) noexcept;
    void unlock() noexcept;
    [[noreturn, gnu::cold]] void refuse_unlock() const noexcept;
    void become_broken(detail::task_block& ended) noexcept;
    void inform(detail::task_block& waiter) noexcept;

    // Invariants: waiters_ is empty unless owner_ is set. The mutexes that a task holds are a list
    // that begins in its record; `link_` points to what points to this one. guard_ is null only
    // between the hand-over and the moment at which the new owner runs.
    detail::task_block* owner_ = nullptr;
    mutex* held_next_ = nullptr;
    mutex** link_ = nullptr;
    mutex_guard* guard_ = nullptr;
    detail::wait_list waiters_;
    shared_text broken_by_;
    // Tasks that will look at it although they are not in waiters_: in a condition's wait, or awake
    // to be told that it is broken.
    std::uint32_t expected_ = 0;
    bool is_broken_ = false;
};

/// What `mutex::lock()` returns.
class [[nodiscard("locking needs co_await: auto guard = co_await m.lock()")]]
PATIO_EXPORT mutex::lock_operation {
public:
    explicit lock_operation(mutex& target) noexcept : wait_{&target} {}

    [[nodiscard]] bool await_ready() const {
        mutex& m = *wait_.target;
        detail::task_block* task = detail::this_loop->current;
        if (m.owner_ != nullptr || m.is_broken_) [[unlikely]]
            return m.check_lockable(task);
        if (!detail::spend_budget()) return false;
        m.take(*task);
        return true;
    }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current());
    [[nodiscard("a guard that is dropped unlocks at once: give it a name")]] mutex_guard
    await_resume() const {
        detail::deliver_cancellation();
        mutex& m = *wait_.target;
        if (m.owner_ != detail::this_loop->current) [[unlikely]]
            m.throw_broken();
        return mutex_guard{m};
    }

private:
    detail::lock_wait wait_;
};

inline mutex::lock_operation mutex::lock() noexcept { return lock_operation{*this}; }

// --- implementation

inline void mutex::take(detail::task_block& task) {
    detail::task_record* record = task.extra.record();
    if (record == nullptr) [[unlikely]]
        record = &detail::record_of(task);
    hold(task, &record->held);
}

/// `head` is the list in the task's record.
inline void mutex::hold(detail::task_block& task, mutex** head) noexcept {
    owner_ = &task;
    held_next_ = *head;
    if (held_next_ != nullptr) held_next_->link_ = &held_next_;
    link_ = head;
    *head = this;
}

inline void mutex::let_go() noexcept {
    owner_ = nullptr;
    guard_ = nullptr;
    *link_ = held_next_;
    if (held_next_ != nullptr) held_next_->link_ = link_;
}

inline void mutex::unlock() noexcept {
    if (detail::this_loop == nullptr || detail::this_loop->current != owner_) [[unlikely]]
        refuse_unlock();
    let_go();
    if (!waiters_.empty()) hand_over();
}

inline mutex_guard::mutex_guard(class mutex& locked) noexcept : mutex_{&locked} {
    locked.guard_ = this;
}

inline mutex_guard::mutex_guard(mutex_guard&& other) noexcept
    : mutex_{std::exchange(other.mutex_, nullptr)} {
    if (mutex_ != nullptr) mutex_->guard_ = this;
}

inline mutex_guard& mutex_guard::operator=(mutex_guard&& other) noexcept {
    if (this != &other) {
        unlock();
        mutex_ = std::exchange(other.mutex_, nullptr);
        if (mutex_ != nullptr) mutex_->guard_ = this;
    }
    return *this;
}

inline void mutex_guard::unlock() noexcept {
    if (mutex_ != nullptr) std::exchange(mutex_, nullptr)->unlock();
}

inline mutex_guard::~mutex_guard() { unlock(); }

}  // namespace patio
