// SPDX-License-Identifier: MIT
// label: threads

// The free lists of frames.

#include <patio/core/detail/frame_pool.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

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

void use_blocks(int count) {
    std::vector<void*> taken;
    for (int i = 0; i < count; ++i)
        taken.push_back(get_block(32));
    for (void* block : taken)
        put_block(block, 32);
}

TEST(frame_pool, starts_in_a_child_that_was_forked_while_other_threads_ended) {
    std::atomic<bool> is_over = false;
    // Each thread takes over what the one before has left, so that leaving takes long.
    std::thread{[] { use_blocks(1'000'000); }}.join();
    std::thread others{[&] {
        while (!is_over)
            std::thread{[] { use_blocks(1); }}.join();
    }};
    for (int i = 0; i < 40 && !is_over; ++i) {
        std::thread{[&] {  // a thread that has no blocks yet: so has the child
            const pid_t child = ::fork();
            if (child == 0) {
                ::alarm(10);  // it would wait for a thread that is not there
                put_block(get_block(32), 32);
                ::_exit(7);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            const bool has_started = WIFEXITED(status) && WEXITSTATUS(status) == 7;
            EXPECT_TRUE(has_started) << "child " << i << ", status " << status;
            if (!has_started) is_over = true;
        }}
            .join();
    }
    is_over = true;
    others.join();
}

}  // namespace
