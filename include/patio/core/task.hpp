// SPDX-License-Identifier: MIT
#pragma once

// Handles of started coroutines.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/scope.hpp>

#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

/// A task of any type: what one can ask and tell a started coroutine without awaiting it.
///
/// **Threads** belongs to its loop, like everything that refers to tasks.
/// **Cost** a counted pointer; copies are cheap, none allocates.
class PATIO_EXPORT any_task {
public:
    using loop_affine = void;

    any_task() noexcept = default;
    any_task(const any_task& other) noexcept : block_{other.block_} {
        if (block_ != nullptr) detail::ref(*block_);
    }
    any_task(any_task&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    any_task& operator=(any_task other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~any_task() {
        if (block_ != nullptr) detail::unref(*block_);
    }

    /// Whether it has ended, however it ended.
    [[nodiscard]] bool done() const noexcept;
    /// Whether it has ended by cancellation.
    [[nodiscard]] bool cancelled() const noexcept;
    /// Whether it is being cancelled: `cancel()` was called, or its group is being cancelled, and
    /// it has not ended.
    [[nodiscard]] bool cancelling() const noexcept;

    /// Cancels the task: its frames are destroyed at the place where it waits, or as soon as it
    /// waits again. A result that it has already got stays: it is delivered first.
    /// **Returns** false if it has ended or was cancelled before.
    bool cancel(const char* reason = nullptr,
                std::source_location where = std::source_location::current()) const noexcept;

    /// What was given to `set_name`, else the name of its coroutine function. Valid until the task
    /// is gone or renamed.
    [[nodiscard]] const char* name() const noexcept;
    /// Names it for reports, task trees and exception groups; copies the text.
    void set_name(const char* name) const;

    /// Whether this handle refers to a task.
    explicit operator bool() const noexcept { return block_ != nullptr; }
    friend bool operator==(const any_task&, const any_task&) noexcept = default;

    /// For the library: the handle of an existing block, counted.
    explicit any_task(detail::task_block& block) noexcept : block_{&block} { detail::ref(block); }
    [[nodiscard]] detail::task_block* block() const noexcept { return block_; }

protected:
    struct adopt {};
    any_task(detail::task_block& block, adopt) noexcept : block_{&block} {}

    detail::task_block* block_ = nullptr;
};

/// The task that runs now. **Fails** with usage_error outside of a task.
[[nodiscard]] PATIO_EXPORT any_task current_task();

namespace detail {

/// Waits until a task has ended. The base of `task<T>`'s awaiters.
class PATIO_EXPORT join_operation {
public:
    explicit join_operation(any_task target) noexcept : target_{std::move(target)} {}

    bool await_ready(std::source_location where = std::source_location::current()) const noexcept {
        if (!target_) [[unlikely]]
            awaited_empty(where);
        return has_ended(*target_.block()) && spend_budget();
    }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current());

protected:
    /// Marks the outcome as seen; throws task_cancelled if there is none.
    static void check(task_block& ended);

    any_task target_;  // of its own: the handle may be assigned to while somebody awaits it
};

}  // namespace detail

/// A started coroutine that will give a `T`.
///
/// Its group owns the task: dropping the handle neither cancels nor detaches it. `co_await` the
/// handle for the result, as often and from as many tasks as needed.
///
/// **Suspends** only if the task has not ended.
/// **Fails** with what the coroutine threw; with `task_cancelled` if somebody cancelled it;
/// awaiting oneself with usage_error.
/// **Cancel** of the awaiting task leaves this one running.
/// **Returns** `co_await t` gives `const T&` into the task, valid as long as a handle is; `co_await
/// std::move(t)`, and awaiting a temporary, use the handle up and give a `T`, moved out if it was
/// the last one. A `T` that cannot be copied is moved out at once; who asks again gets usage_error.
template <class T = void>
class task : public any_task {
public:
    using value_type = T;

    class join : public detail::join_operation {
    public:
        using join_operation::join_operation;
        decltype(auto) await_resume() {
            detail::deliver_cancellation();
            detail::task_block& ended = *target_.block();
            check(ended);
            if constexpr (std::is_void_v<T>) {
                if (!ended.leaf) return;  // nothing to look at
            }
            return detail::async_access::result<T>(ended.leaf).look();
        }
    };
    class take : public detail::join_operation {
    public:
        using join_operation::join_operation;
        T await_resume() {
            detail::deliver_cancellation();
            return take_from(*target_.block());
        }

        /// The result of a task that has ended.
        static T take_from(detail::task_block& ended) {
            check(ended);
            if constexpr (std::is_void_v<T>) {
                if (!ended.leaf) return;
            }
            auto& result = detail::async_access::result<T>(ended.leaf);
            // Whoever has another handle may ask too; a failure in particular is everybody's.
            if constexpr (std::is_void_v<T> || std::is_copy_constructible_v<T>) {
                if (detail::has_other_handles(ended)) return result.look();
                return result.take();
            } else {
                return result.take_for_good();
            }
        }
    };

    task() noexcept = default;
    [[nodiscard]] join operator co_await() const& noexcept { return join{*this}; }
    [[nodiscard]] take operator co_await() && noexcept { return take{std::move(*this)}; }

    /// For the library: takes over one count of the block.
    [[nodiscard]] static task take_over(detail::task_block& block) noexcept {
        return task{block, adopt{}};
    }

private:
    task(detail::task_block& block, adopt tag) noexcept : any_task{block, tag} {}
};

}  // namespace patio
