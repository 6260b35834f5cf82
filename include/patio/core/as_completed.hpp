// SPDX-License-Identifier: MIT
#pragma once

// Results in the order in which they come.

#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio {

namespace detail {

/// Who has ended, in order.
struct completion_line {
    std::vector<std::size_t> ended;  // has room for all: adding to it cannot fail
    event changed;
};

/// The operations and their line.
template <class T>
struct completion_state : completion_line {
    std::vector<async<T>> operations;  // each moves to its task in that task's first step
    std::size_t refs = 1;
};

/// A counted reference: operations share their state with the object that waits for them, because
/// one that is being cancelled may end after the object has gone.
template <class T>
class completion_ref {
public:
    completion_ref() : state_{new completion_state<T>} {}
    completion_ref(const completion_ref& other) noexcept : state_{other.state_} { ++state_->refs; }
    completion_ref& operator=(const completion_ref&) = delete;
    ~completion_ref() {
        if (--state_->refs == 0) delete state_;
    }

    completion_state<T>& operator*() const noexcept { return *state_; }
    completion_state<T>* operator->() const noexcept { return state_; }

private:
    completion_state<T>* state_;
};

/// Gets into the line when the operation's frame ends, however that comes.
class completion_guard {
public:
    completion_guard(completion_line& line, std::size_t index) noexcept
        : line_{line}, index_{index} {}
    completion_guard(const completion_guard&) = delete;
    completion_guard& operator=(const completion_guard&) = delete;
    ~completion_guard() {
        line_.ended.push_back(index_);
        line_.changed.set();
    }

private:
    completion_line& line_;
    std::size_t index_;
};

/// Finds its operation in the state: as an argument it would be lost if there were no memory for
/// this frame.
template <class T>
async<T> run_and_queue_up(completion_ref<T> state, std::size_t index) {
    const completion_guard guard{*state, index};
    async<T> operation = std::move(state->operations[index]);
    bear_name_of(async_access::frame(operation));
    co_return co_await std::move(operation);
}

}  // namespace detail

/// Operations that run at once and give their results one by one, as they come.
///
/// ```
/// auto pages = patio::as_completed(std::move(downloads));
/// while (auto page = co_await pages.next()) show(*page);
/// ```
///
/// **Use** it to begin with the first result before the last one is there. For all results in the
/// order of the operations take `gather`, for the first one only take `race`.
///
/// **Owns** the operations. They run as tasks of the program's root group, because this object is
/// no boundary: it can cancel them, but it has no place to wait for their end. So an operation
/// should own what it uses, or use what outlives the program's tasks. Where the end matters, spawn
/// into a `with_task_group` that puts into a `queue`.
/// **Cancel** destroying the object cancels the operations that have not ended; they unwind in the
/// next turns. A failure that nobody asked for becomes an `unobserved_failure` report.
template <class T>
class [[nodiscard("it does nothing until it is asked: co_await x.next()")]] completions {
public:
    using loop_affine = void;
    using value_type = detail::slot<T>;

    template <detail::awaitable_range R>
    explicit completions(R& operations) {
        for (auto&& operation : operations) {
            state_->operations.push_back(detail::adopt(std::move(operation)));
        }
    }
    completions(const completions&) = delete;  // `next()` refers to it
    completions& operator=(const completions&) = delete;
    ~completions() {
        for (const task<T>& one : tasks_) {
            if (one && !one.done()) one.cancel("nobody waits for its result any more");
        }
    }

    /// The next result; empty when there is none left. The first call starts the operations; if
    /// that fails with std::bad_alloc, the next call starts those that are left.
    ///
    /// **Suspends** only while nothing is there. **Borrows** the object until it returns. Several
    /// tasks may ask: each result goes to one of them, and all get the empty end.
    /// **Fails** with what the operation threw, with task_cancelled if somebody else cancelled it;
    /// the next call goes on with the others.
    /// **Cancel** of who waits here takes no result and cancels no operation.
    [[nodiscard(
        "the next result needs co_await: co_await x.next()")]] async<std::optional<value_type>>
    next() {
        start();
        while (taken_ < tasks_.size() && taken_ == state_->ended.size()) {
            state_->changed.clear();
            co_await state_->changed.wait();
        }
        std::optional<value_type> result;
        if (taken_ < tasks_.size()) {
            // It has ended: nobody else runs between the end of its frame and its own.
            const task<T> ended = std::move(tasks_[state_->ended[taken_++]]);
            if constexpr (std::is_void_v<T>) {
                task<T>::take::take_from(*ended.block());
                result.emplace();
            } else {
                result.emplace(task<T>::take::take_from(*ended.block()));
            }
        }
        co_return result;
    }

    /// How many results are still to be taken.
    [[nodiscard]] std::size_t remaining() const noexcept {
        return state_->operations.size() - taken_;
    }

private:
    /// Goes on where it failed the last time.
    void start() {
        const std::size_t count = state_->operations.size();
        if (tasks_.size() == count) return;
        state_->ended.reserve(count);
        tasks_.reserve(count);
        while (tasks_.size() < count)
            tasks_.push_back(create_task(detail::run_and_queue_up<T>(state_, tasks_.size())));
    }

    detail::completion_ref<T> state_;
    std::vector<task<T>> tasks_;  // fewer until all are started; empty where the result was taken
    std::size_t taken_ = 0;
};

/// Runs every operation in the range at once, from the first `next()` on, and gives their results
/// in the order in which they come; see `completions`. The elements are moved out of the range.
template <detail::awaitable_range R>
auto as_completed(R&& operations) {
    return completions<detail::range_result_t<R>>{operations};
}

}  // namespace patio
