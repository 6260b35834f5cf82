// SPDX-License-Identifier: MIT

// Frames of all sizes and alignments, and what happens when there is no memory for one: in this
// program operator new fails on demand, and each frame comes from it.

#include <patio/core/detail/frame.hpp>

#include <patio/core/async.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

/// Negative: memory never ends. Else so many allocations succeed, and the one after them fails.
long allocations_left = -1;

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (allocations_left == 0) {
        allocations_left = -1;
        throw std::bad_alloc{};
    }
    if (allocations_left > 0) --allocations_left;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* block = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    try {
        return allocate(bytes, 16);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }

namespace {

using namespace std::chrono_literals;
using patio::async;

// Before anything asks for the first frame.
const int pool_is_off = setenv("PATIO_POOL", "0", 1);

// --- sizes and alignments

async<long> with_huge_local(unsigned char seed) {
    std::array<unsigned char, 200'000> bytes;
    bytes.fill(seed);
    co_await patio::sleep(1s);
    co_return std::accumulate(bytes.begin(), bytes.end(), 0L);
}

TEST(frame, may_be_huge) {
    const auto sums = patio::testing::run([]() -> async<std::vector<long>> {
        std::vector<async<long>> operations;
        for (unsigned char seed = 0; seed < 10; ++seed) {
            operations.push_back(with_huge_local(seed));
        }
        auto results = co_await patio::gather(std::move(operations));
        co_return results;
    });
    for (std::size_t i = 0; i < sums.size(); ++i) {
        EXPECT_EQ(sums[i], 200'000L * static_cast<long>(i));
    }
}

TEST(frame, of_each_size_around_the_greatest_pooled_one_is_its_own) {
    patio::testing::run([]() -> async<> {
        auto with_local = [](auto bytes, char seed) -> async<bool> {
            bytes.fill(seed);
            co_await patio::sleep(1s);
            for (const char byte : bytes) {
                if (byte != seed) co_return false;
            }
            co_return true;
        };
        const auto [a, b, c, d, e] = co_await patio::gather(
            with_local(std::array<char, 16>{}, 'a'), with_local(std::array<char, 880>{}, 'b'),
            with_local(std::array<char, 920>{}, 'c'), with_local(std::array<char, 1000>{}, 'd'),
            with_local(std::array<char, 4000>{}, 'e'));
        EXPECT_TRUE(a && b && c && d && e);
    });
}

template <std::size_t Alignment>
struct alignas(Alignment) aligned {
    long value = 7;
};

template <std::size_t Alignment>
bool is_aligned(const aligned<Alignment>& object) {
    return reinterpret_cast<std::uintptr_t>(&object) % Alignment == 0;
}

template <std::size_t Alignment>
async<bool> with_aligned_local() {
    const aligned<Alignment> local;
    co_await patio::sleep(1s);
    co_return is_aligned(local) && local.value == 7;
}

TEST(frame, may_hold_over_aligned_locals) {
    patio::testing::run([]() -> async<> {
        const bool ordinary = co_await with_aligned_local<16>();
        EXPECT_TRUE(ordinary);
        const auto [line, page] =
            co_await patio::gather(with_aligned_local<64>(), with_aligned_local<4096>());
#if defined(__clang__)
        EXPECT_TRUE(line);
        EXPECT_TRUE(page);
#else
        (void)(line && page);  // GCC 12 does not align the locals of coroutines above 16
#endif
    });
}

TEST(frame, gives_back_over_aligned_locals_when_it_is_unwound) {
    patio::testing::run([]() -> async<> {
        const auto result = co_await patio::move_on_after(1ms, with_aligned_local<64>());
        EXPECT_FALSE(result.has_value());
    });
}

// --- no memory

async<int> work(int value) {
    co_await patio::sleep(1ms);
    co_return value;
}

TEST(frame, that_cannot_be_allocated_throws_out_of_the_call) {
    patio::testing::run([]() -> async<> {
        bool has_thrown = false;
        allocations_left = 0;
        try {
            co_await work(1);
        } catch (const std::bad_alloc&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        const int value = co_await work(2);
        EXPECT_EQ(value, 2);
    });
}

TEST(frame, of_a_task_without_memory_for_its_block_dies_silently_and_the_group_goes_on) {
    patio::testing::run([]() -> async<> {
        auto body = [](patio::task_group& group) -> async<int> {
            auto coroutine = work(1);
            bool has_thrown = false;
            allocations_left = 0;
            try {
                group.spawn(std::move(coroutine));
            } catch (const std::bad_alloc&) {
                has_thrown = true;
            }
            EXPECT_TRUE(has_thrown);
            EXPECT_EQ(group.size(), 0U);
            const int value = co_await group.spawn(work(2));
            co_return value;
        };
        const int value = co_await patio::with_task_group(body);
        EXPECT_EQ(value, 2);
    });
}

TEST(frame, of_a_gather_without_memory_for_its_second_task_cancels_the_first) {
    patio::testing::run([]() -> async<> {
        int ended = 0;
        auto wait = [&]() -> async<> {
            struct count_end {
                int& count;
                ~count_end() { ++count; }
            };
            const count_end guard{ended};
            co_await patio::sleep(1h);
        };
        auto both = patio::gather(wait(), wait());
        allocations_left = 1;
        bool has_thrown = false;
        try {
            co_await std::move(both);
        } catch (const std::bad_alloc&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        EXPECT_EQ(ended, 1) << "the first ran to its first suspension";
        EXPECT_EQ(patio::now(), patio::time_point{});
    });
}

TEST(frame, of_a_gather_without_memory_for_its_first_task_leaves_its_own_task_running) {
    patio::testing::run([]() -> async<> {
        auto both = patio::gather(patio::sleep(1h), patio::sleep(1h));
        allocations_left = 0;
        bool has_thrown = false;
        try {
            co_await std::move(both);
        } catch (const std::bad_alloc&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        // Else the end of a group's last child would be taken for what this task waits for.
        EXPECT_EQ(patio::detail::this_loop->current->kind, patio::detail::wait_kind::running);
    });
}

// --- no memory at each place where some is asked for

async<> use_everything(patio::context_var<int>& variable) {
    auto nothing = []() -> async<> { co_await patio::sleep(1ms); };
    auto body = [&](patio::task_group& group) -> async<int> {
        variable.set(1);
        const auto first = group.spawn(work(1));
        const auto second = group.spawn(work, 2);
        first.set_name("first");
        second.cancel("for a test");
        auto join = [&]() -> async<int> {
            const int value = co_await first;
            co_return value;
        };
        const auto [a, b] = co_await patio::gather(join(), work(3));
        std::vector<async<int>> operations;
        operations.push_back(work(4));
        operations.push_back(work(5));
        const auto values = co_await patio::gather(std::move(operations));
        const auto settled = co_await patio::gather_settled(work(1), patio::sleep(1ms));
        const auto winner = co_await patio::race(work(1), patio::sleep(1h));
        const int guarded = co_await patio::finally(patio::shield(work(6)), nothing);
        auto limited = patio::throwing_scope(patio::timeout(1h, work(7)));
        const int scoped = co_await std::move(limited);
        variable.reset();
        EXPECT_EQ(winner.index(), 0U);
        EXPECT_TRUE(std::get<0>(settled).has_value());
        co_return a + b + values[0] + guarded + scoped;
    };
    const int value = co_await patio::with_task_group(body);
    EXPECT_EQ(value, 1 + 3 + 4 + 6 + 7);
}

/// Whether a failure is made of bad_alloc and of what follows from it: cancelled tasks.
bool is_want_of_memory(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
        return true;
    } catch (const patio::task_cancelled&) {
        return true;
    } catch (const patio::exception_group& group) {
        for (const auto& one : group) {
            if (!is_want_of_memory(one.error())) return false;
        }
        return true;
    } catch (...) {
        return false;
    }
}

TEST(frame, and_all_else_may_run_out_of_memory_at_any_place) {
    int failures = 0;
    for (long place = 0;; ++place) {
        patio::context_var<int> variable{0};
        patio::testing::test_loop loop;
        int reports = 0;
        loop.get().set_report_sink([&](const patio::report&) { ++reports; });
        const auto task = loop.spawn(use_everything(variable));
        allocations_left = place;
        loop.advance(10s);
        const bool has_failed = allocations_left < 0;
        allocations_left = -1;
        ASSERT_TRUE(task.done()) << "place " << place;
        EXPECT_EQ(loop.task_count(), 0U) << "place " << place;
        std::exception_ptr error;
        try {
            patio::task<>::take::take_from(*task.block());
        } catch (...) {
            error = std::current_exception();
        }
        if (error) {
            ++failures;
            EXPECT_TRUE(is_want_of_memory(error)) << "place " << place;
        }
        if (!has_failed) break;
    }
    EXPECT_GT(failures, 30);
}

}  // namespace
