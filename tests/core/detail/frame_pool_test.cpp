// SPDX-License-Identifier: MIT
// label: threads

// The free lists of frames, and that nothing but frames is ever allocated by an await.

#include <patio/core/detail/frame_pool.hpp>

#include <patio/core/async.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstdlib>
#include <new>
#include <set>
#include <thread>
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

TEST(frame_pool, gives_a_block_again_that_was_put_back) {
    void* first = get_block(100);
    put_block(first, 100);
    EXPECT_EQ(get_block(100), first);
    void* second = get_block(100);
    EXPECT_NE(second, first);
    put_block(first, 100);
    put_block(second, 100);
    EXPECT_EQ(get_block(97), second) << "the same list: 97 to 112 bytes";
    EXPECT_EQ(get_block(112), first);
    put_block(first, 112);
    put_block(second, 97);
}

TEST(frame_pool, keeps_blocks_of_different_sizes_apart) {
    void* small = get_block(100);
    put_block(small, 100);
    void* large = get_block(113);
    EXPECT_NE(large, small);
    put_block(large, 113);
}

TEST(frame_pool, aligns_each_block_to_sixteen_and_overlaps_none) {
    std::vector<std::pair<char*, std::size_t>> blocks;
    for (std::size_t bytes = 1; bytes <= 2000; ++bytes) {
        auto* block = static_cast<char*>(get_block(bytes));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0U);
        for (std::size_t i = 0; i < bytes; ++i)
            block[i] = static_cast<char>(bytes);
        blocks.emplace_back(block, bytes);
    }
    for (const auto& [block, bytes] : blocks) {
        for (std::size_t i = 0; i < bytes; ++i) {
            ASSERT_EQ(block[i], static_cast<char>(bytes)) << bytes;
        }
        put_block(block, bytes);
    }
}

TEST(frame_pool, carves_many_blocks_out_of_one_allocation) {
    const long before = allocation_count;
    std::set<void*> blocks;
    for (int i = 0; i < 10'000; ++i)
        blocks.insert(get_block(160));
    EXPECT_EQ(blocks.size(), 10'000U);
    EXPECT_LT(allocation_count - before, 10'000 + 20) << "the set's nodes and some slabs";
    for (void* block : blocks)
        put_block(block, 160);
}

TEST(frame_pool, leaves_large_blocks_to_the_standard_allocator) {
    const long before = allocation_count;
    void* block = get_block(frame_pool::block_bytes_max + 1);
    EXPECT_EQ(allocation_count, before + 1);
    put_block(block, frame_pool::block_bytes_max + 1);
}

TEST(frame_pool, leaves_the_blocks_of_a_thread_that_ends_to_the_next_one) {
    // Sizes that nothing else in this program uses.
    constexpr std::size_t bytes = 1000;
    std::set<void*> of_first;
    std::thread{[&] {
        std::vector<void*> taken;
        for (int i = 0; i < 100; ++i)
            taken.push_back(get_block(bytes));
        for (void* block : taken)
            put_block(block, bytes);
        of_first.insert(taken.begin(), taken.end());
    }}.join();
    int again = 0;
    std::thread{[&] {
        std::vector<void*> taken;
        for (int i = 0; i < 100; ++i)
            taken.push_back(get_block(bytes));
        for (void* block : taken) {
            again += of_first.contains(block) ? 1 : 0;
            put_block(block, bytes);
        }
    }}.join();
    EXPECT_EQ(again, 100);
}

TEST(frame_pool, takes_back_blocks_that_another_thread_got) {
    void* block = nullptr;
    std::thread{[&] { block = get_block(984); }}.join();
    put_block(block, 984);
    EXPECT_EQ(get_block(984), block);
    put_block(block, 984);
}

// --- what an await allocates

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

TEST(frame_pool, is_all_that_awaits_sleeps_tasks_and_limits_need) {
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

}  // namespace
