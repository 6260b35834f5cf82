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
    std::size_t refs = 1;
};

/// A counted reference to a line: operations share it with the object that waits for them, because
/// one that is being cancelled may end after the object has gone.
class completion_line_ref {
public:
    completion_line_ref() noexcept = default;
    explicit completion_line_ref(std::size_t count) : line_{new completion_line} {
        try {
            line_->ended.reserve(count);
        } catch (...) {
            delete line_;
            throw;
        }
    }
    completion_line_ref(const completion_line_ref& other) noexcept : line_{other.line_} {
        if (line_ != nullptr) ++line_->refs;
    }
    completion_line_ref& operator=(completion_line_ref other) noexcept {
        std::swap(line_, other.line_);
        return *this;
    }
    ~completion_line_ref() {
        if (line_ != nullptr && --line_->refs == 0) delete line_;
    }

    explicit operator bool() const noexcept { return line_ != nullptr; }
    completion_line& operator*() const noexcept { return *line_; }
    completion_line* operator->() const noexcept { return line_; }

private:
    completion_line* line_ = nullptr;
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

template <class T>
async<T> run_and_queue_up(completion_line_ref line, std::size_t index, async<T> operation) {
    const completion_guard guard{*line, index};
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
    using value_type = detail::slot<T>;

    template <detail::awaitable_range R>
    explicit completions(R& operations) {
        for (auto&& operation : operations) {
            operations_.push_back(detail::adopt(std::move(operation)));
        }
    }
    completions(const completions&) = delete;  // `next()` refers to it
    completions& operator=(const completions&) = delete;
    ~completions() {
        for (const task<T>& one : tasks_) {
            if (one && !one.done()) one.cancel("nobody waits for its result any more");
        }
    }

    /// The next result; empty when there is none left. The first call starts the operations.
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
        while (taken_ < tasks_.size() && taken_ == line_->ended.size()) {
            line_->changed.clear();
            co_await line_->changed.wait();
        }
        std::optional<value_type> result;
        if (taken_ < tasks_.size()) {
            // It has ended: nobody else runs between the end of its frame and its own.
            const task<T> ended = std::move(tasks_[line_->ended[taken_++]]);
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
        return line_ ? tasks_.size() - taken_ : operations_.size();
    }

private:
    void start() {
        if (line_) return;
        line_ = detail::completion_line_ref{operations_.size()};
        tasks_.reserve(operations_.size());
        for (async<T>& operation : operations_) {
            tasks_.push_back(create_task(
                detail::run_and_queue_up<T>(line_, tasks_.size(), std::move(operation))));
        }
        operations_.clear();
    }

    std::vector<async<T>> operations_;  // until they are started
    std::vector<task<T>> tasks_;        // empty handles where the result was taken
    detail::completion_line_ref line_;  // null until they are started
    std::size_t taken_ = 0;
};

/// Runs every operation in the range at once, from the first `next()` on, and gives their results
/// in the order in which they come; see `completions`. The elements are moved out of the range.
template <detail::awaitable_range R>
auto as_completed(R&& operations) {
    return completions<detail::range_result_t<R>>{operations};
}

}  // namespace patio
