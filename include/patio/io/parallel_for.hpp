// SPDX-License-Identifier: MIT
#pragma once

// Loops whose turns run on several threads at once, awaited by a task.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/io/stop_signal.hpp>
#include <patio/io/thread_pool.hpp>
#include <patio/io/to_thread.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio {

/// How a range is divided. Each setter changes one thing and returns the object.
class parallel_options {
public:
    /// How many items a thread takes at once. By default each thread gets about eight pieces: a
    /// tradeoff between threads that wait for the last one and the cost of taking a piece, a
    /// fraction of a microsecond. Zero is the default.
    parallel_options& chunk_items(std::size_t count) noexcept {
        chunk_items_ = count;
        return *this;
    }
    [[nodiscard]] std::size_t chunk_items() const noexcept { return chunk_items_; }

private:
    std::size_t chunk_items_ = 0;
};

namespace detail {

/// Where a range begins and ends: numbers, which are the items themselves, or iterators.
template <class I>
concept position = std::integral<I> || std::random_access_iterator<I>;

template <position I>
constexpr std::size_t items_between(I begin, I end) noexcept {
    if (!(begin < end)) return 0;
    if constexpr (std::integral<I>) {
        return static_cast<std::size_t>(end) - static_cast<std::size_t>(begin);  // modulo 2^64
    } else {
        return static_cast<std::size_t>(end - begin);
    }
}

template <position I>
constexpr decltype(auto) item_at(I begin, std::size_t index) {
    if constexpr (std::integral<I>) {
        return static_cast<I>(static_cast<std::size_t>(begin) + index);
    } else {
        return begin[static_cast<std::iter_difference_t<I>>(index)];
    }
}

template <class I>
using item_type = decltype(item_at(std::declval<I>(), std::size_t{}));

/// The pieces of a range, which threads take one after the other.
class PATIO_EXPORT chunk_queue {
public:
    struct chunk {
        std::size_t index = 0;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    chunk_queue(std::size_t count, std::size_t threads, parallel_options options) noexcept;

    [[nodiscard]] std::size_t chunk_count() const noexcept { return chunk_count_; }
    /// How many threads are worth while.
    [[nodiscard]] std::size_t runner_count() const noexcept { return runner_count_; }
    /// The next piece, or nothing. **Threads** any.
    [[nodiscard]] std::optional<chunk> take() noexcept;
    /// No piece is begun any more. **Threads** any.
    void stop() noexcept;

private:
    std::size_t count_;
    std::size_t chunk_items_;
    std::size_t chunk_count_;
    std::size_t runner_count_;
    std::size_t next_ = 0;  // atomic
};

/// How many threads a pool may have, or, without one, the machine runs at once.
[[nodiscard]] PATIO_EXPORT std::size_t threads_of(const thread_pool* pool) noexcept;

template <class Runner>
async<> run_on(thread_pool* pool, Runner runner) {
    if (pool != nullptr) {
        co_await pool->run(runner);
    } else {
        co_await to_thread(runner);
    }
}

/// Calls `work(chunk)` for each piece. What it refers to lives until all have ended: a gather waits
/// for them in every case.
template <class Work>
async<> run_chunks(thread_pool* pool, chunk_queue& queue, Work& work) {
    const auto runner = [&queue, &work](stop_signal stop) {
        while (!stop.requested()) {
            const auto piece = queue.take();
            if (!piece) return;
            try {
                work(*piece);
            } catch (...) {
                queue.stop();
                throw;
            }
        }
    };
    std::vector<async<>> runners;
    for (std::size_t i = 0; i < queue.runner_count(); ++i)
        runners.push_back(run_on(pool, runner));
    [[maybe_unused]] const auto all = co_await gather(runners);
}

template <class I, class F>
async<> for_each_on(thread_pool* pool, I begin, I end, F f, parallel_options options) {
    chunk_queue queue{items_between(begin, end), threads_of(pool), options};
    const auto work = [&begin, &f](const chunk_queue::chunk& piece) {
        for (std::size_t i = piece.begin; i < piece.end; ++i)
            f(item_at(begin, i));
    };
    co_await run_chunks(pool, queue, work);
}

template <class T, class I, class F, class C>
async<T> reduce_on(thread_pool* pool, I begin, I end, T initial, F f, C combine,
                   parallel_options options) {
    chunk_queue queue{items_between(begin, end), threads_of(pool), options};
    std::vector<std::optional<T>> parts(queue.chunk_count());
    const auto work = [&begin, &f, &combine, &parts](const chunk_queue::chunk& piece) {
        T sum = f(item_at(begin, piece.begin));
        for (std::size_t i = piece.begin + 1; i < piece.end; ++i)
            sum = combine(std::move(sum), f(item_at(begin, i)));
        parts[piece.index].emplace(std::move(sum));
    };
    co_await run_chunks(pool, queue, work);
    for (std::optional<T>& part : parts)
        initial = combine(std::move(initial), std::move(*part));
    co_return initial;
}

template <class B, class E>
concept range_ends = position<B> && position<E> && position<std::common_type_t<B, E>>;

template <class F, class B, class E>
concept item_function = std::invocable<std::decay_t<F>&, item_type<std::common_type_t<B, E>>>;

}  // namespace detail

/// Calls `f(item)` for each item of a range, on several threads at once, while the loop goes on.
///
/// ```
/// co_await patio::parallel_for(0, height, [&](int row) { render(image, row); });
/// ```
///
/// The range is given by two numbers or by two random access iterators. It is cut into pieces that
/// the threads take one after the other; `f` is shared by all of them.
///
/// **Use** it for loops that compute. Turns that wait are tasks: a `task_group` with a `semaphore`.
/// Without a pool the threads are those of `to_thread`, as many as the machine runs at once.
/// **Borrows** the pool, and what the iterators and `f` refer to, until this returns.
/// **Suspends** unless the range is empty.
/// **Fails** with what the first call of `f` throws, when the calls that run have ended; no further
/// piece is begun. With what `thread_pool::run` fails with.
/// **Cancel** no further piece is begun; this returns when those that run have ended.
/// **Threads** `f` runs on several at once, what it changes must be its own item's.
/// **Order** none.
/// **Cost** an allocation and two thread switches for each thread.
template <class B, class E, class F>
    requires detail::range_ends<B, E> && detail::item_function<F, B, E>
PATIO_DETAIL_COROUTINE_WRAPPER async<> parallel_for(thread_pool& pool, B begin, E end, F&& f,
                                                    parallel_options options = {}) {
    detail::check_callable<F>();
    using I = std::common_type_t<B, E>;
    return detail::for_each_on<I, std::decay_t<F>>(
        &pool, static_cast<I>(begin), static_cast<I>(end), std::forward<F>(f), options);
}
template <class B, class E, class F>
    requires detail::range_ends<B, E> && detail::item_function<F, B, E>
PATIO_DETAIL_COROUTINE_WRAPPER async<> parallel_for(B begin, E end, F&& f,
                                                    parallel_options options = {}) {
    detail::check_callable<F>();
    using I = std::common_type_t<B, E>;
    return detail::for_each_on<I, std::decay_t<F>>(
        nullptr, static_cast<I>(begin), static_cast<I>(end), std::forward<F>(f), options);
}

/// Combines `f(item)` of all items with `initial`, on several threads at once.
///
/// ```
/// long sum = co_await patio::parallel_reduce(0, n, 0L, square, std::plus{});
/// ```
///
/// `combine(a, b)` must be associative: pieces are combined in the order of the range, but where
/// they end depends on the number of threads, unless `chunk_items` says it. (Sums of floating point
/// numbers are not associative: say it there.)
///
/// **Returns** a value of the type of `initial`, which is `combine`'s left operand once.
/// All else is as with `parallel_for`.
template <class B, class E, class T, class F, class C>
    requires detail::range_ends<B, E> && detail::item_function<F, B, E>
PATIO_DETAIL_COROUTINE_WRAPPER async<T> parallel_reduce(thread_pool& pool, B begin, E end,
                                                        T initial, F&& f, C&& combine,
                                                        parallel_options options = {}) {
    detail::check_callable<F>();
    detail::check_callable<C>();
    using I = std::common_type_t<B, E>;
    return detail::reduce_on<T, I, std::decay_t<F>, std::decay_t<C>>(
        &pool, static_cast<I>(begin), static_cast<I>(end), std::move(initial), std::forward<F>(f),
        std::forward<C>(combine), options);
}
template <class B, class E, class T, class F, class C>
    requires detail::range_ends<B, E> && detail::item_function<F, B, E>
PATIO_DETAIL_COROUTINE_WRAPPER async<T> parallel_reduce(B begin, E end, T initial, F&& f,
                                                        C&& combine,
                                                        parallel_options options = {}) {
    detail::check_callable<F>();
    detail::check_callable<C>();
    using I = std::common_type_t<B, E>;
    return detail::reduce_on<T, I, std::decay_t<F>, std::decay_t<C>>(
        nullptr, static_cast<I>(begin), static_cast<I>(end), std::move(initial), std::forward<F>(f),
        std::forward<C>(combine), options);
}

}  // namespace patio
