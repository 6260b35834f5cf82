// SPDX-License-Identifier: MIT

#include <patio/io/parallel_for.hpp>

#include <algorithm>
#include <thread>

namespace patio::detail {

namespace {

constexpr std::size_t pieces_per_thread = 8;

constexpr std::size_t divide_up(std::size_t count, std::size_t by) noexcept {
    return count / by + (count % by != 0 ? 1 : 0);
}

}  // namespace

chunk_queue::chunk_queue(std::size_t count, std::size_t threads, parallel_options options) noexcept
    : count_{count},
      chunk_items_{options.chunk_items() > 0
                       ? options.chunk_items()
                       : std::max<std::size_t>(1, count / threads / pieces_per_thread)},
      chunk_count_{divide_up(count, chunk_items_)},
      runner_count_{std::min(threads, chunk_count_)} {}

std::optional<chunk_queue::chunk> chunk_queue::take() noexcept {
    // Relaxed: the pieces are independent, and what they have done is published by the jobs' ends.
    const std::size_t index = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    if (index >= chunk_count_) return std::nullopt;
    const std::size_t begin = index * chunk_items_;
    return chunk{index, begin, begin + std::min(chunk_items_, count_ - begin)};
}

void chunk_queue::stop() noexcept {
    // Not to the largest number: those who still take one would wrap around.
    __atomic_store_n(&next_, chunk_count_, __ATOMIC_RELAXED);
}

std::size_t threads_of(const thread_pool* pool) noexcept {
    if (pool != nullptr) return pool->threads_max();
    return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace patio::detail
