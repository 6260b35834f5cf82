// SPDX-License-Identifier: MIT

// Nothing but pooled frames is ever allocated by an await, a sleep, a limit or a wait for a lock.
// In a program of its own, because it replaces operator new.

#include <patio/core/detail/frame_pool.hpp>

#include <patio/core/async.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/condition.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include <gtest/gtest.h>

namespace {

thread_local long allocation_count = 0;

}  // namespace

void* operator new(std::size_t bytes) {
    ++allocation_count;
    void* block = std::malloc(bytes == 0 ? 1 : bytes);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++allocation_count;
    return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::detail::frame_pool;
using patio::detail::get_block;
using patio::detail::put_block;

// Before anything asks for the first frame: the lists work under AddressSanitizer too.
const int pool_is_on = setenv("PATIO_POOL", "1", 1);

TEST(allocations, of_many_blocks_are_those_of_a_few_slabs) {
    constexpr int count = 10'000;
    std::vector<void*> blocks;
    blocks.reserve(count);
    const long before = allocation_count;
    for (int i = 0; i < count; ++i)
        blocks.push_back(get_block(160));
    EXPECT_LT(allocation_count - before, 20);
    for (void* block : blocks)
        put_block(block, 160);
}

TEST(allocations, of_large_blocks_are_left_to_the_standard_allocator) {
    const long before = allocation_count;
    void* block = get_block(frame_pool::block_bytes_max + 1);
    EXPECT_EQ(allocation_count, before + 1);
    put_block(block, frame_pool::block_bytes_max + 1);
}

async<int> child() { co_return 1; }

async<int> sleeping_child() {
    co_await patio::sleep(1us);
    co_return 1;
}

/// The number of calls of operator new in the second of two rounds of `work`.
template <class F>
long allocations_of(F work) {
    long count = 0;
    patio::testing::run([&]() -> async<> {
        co_await work();  // fills the lists
        const long before = allocation_count;
        co_await work();
        count = allocation_count - before;
    });
    return count;
}

TEST(allocations, of_awaits_sleeps_tasks_and_limits_are_none_but_pooled_frames) {
    auto work = []() -> async<> {
        for (int i = 0; i < 100; ++i) {
            co_await child();
            co_await sleeping_child();
            co_await patio::timeout(1s, sleeping_child());
            co_await patio::move_on_after(1ns, sleeping_child());
            co_await patio::gather(child(), sleeping_child());
            auto body = [](patio::task_group& group) -> async<int> {
                const int value = co_await group.spawn(sleeping_child());
                co_return value;
            };
            co_await patio::with_task_group(body);
        }
    };
    EXPECT_EQ(allocations_of(work), 0);
}

TEST(allocations, of_waits_for_locks_and_items_are_none_but_pooled_frames) {
    patio::mutex lock;
    patio::semaphore permits{1};
    patio::event opened;
    patio::condition changed;
    patio::barrier both{2};
    patio::queue<int> items{1};
    bool is_changed = false;
    auto user = [&]() -> async<> {
        {
            auto guard = co_await lock.lock();
            co_await patio::sleep(1us);
            while (!is_changed)
                co_await changed.wait(guard);
        }
        {
            auto permit = co_await permits.acquire();
            co_await patio::sleep(1us);
        }
        co_await opened.wait();
        co_await both.wait();
        co_await items.put(1);
        co_await patio::sleep(1us);
        static_cast<void>(co_await items.get());
    };
    auto work = [&]() -> async<> {
        auto opener = [&]() -> async<> {
            co_await patio::sleep(1ms);
            is_changed = true;
            changed.notify_all();
            opened.set();
        };
        co_await patio::gather(user(), user(), opener());
        opened.clear();
        is_changed = false;
    };
    EXPECT_EQ(allocations_of(work), 0);
}

}  // namespace
