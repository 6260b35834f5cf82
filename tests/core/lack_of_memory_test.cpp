// SPDX-License-Identifier: MIT

// What an operation leaves behind when an allocation in it fails: each of its allocations in turn.
// In a program of its own, because it replaces operator new.

#include <patio/core/as_completed.hpp>
#include <patio/testing/run.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

/// How many allocations go well before one fails; below zero: none fails.
long allocations_left = -1;

bool is_to_fail() noexcept {
    if (allocations_left < 0) return false;
    return allocations_left-- == 0;
}

}  // namespace

void* operator new(std::size_t bytes) {
    void* block = is_to_fail() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return is_to_fail() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

using patio::async;

// Before anything asks for the first frame: so each frame is an allocation.
const int pool_is_off = setenv("PATIO_POOL", "0", 1);

async<int> give(int value) { co_return value; }

TEST(lack_of_memory, loses_no_operation_of_as_completed) {
    int failures = 0;
    long failing = 0;
    const auto main = [&]() -> async<> {
        std::vector<async<int>> operations;
        for (const int value : {1, 2, 4, 8})
            operations.push_back(give(value));
        auto results = patio::as_completed(std::move(operations));
        allocations_left = failing;
        int sum = 0;
        for (;;) {
            try {
                const auto result = co_await results.next();
                allocations_left = -1;
                if (!result) break;
                sum += *result;
            } catch (const std::bad_alloc&) {
                allocations_left = -1;
                ++failures;
                EXPECT_EQ(results.remaining(), 4U);
            }
        }
        EXPECT_EQ(sum, 15) << "without allocation " << failing;
        EXPECT_EQ(results.remaining(), 0U);
    };
    for (; failures == failing; ++failing)  // until it needs no more of them
        patio::testing::run(main);
    EXPECT_GT(failures, 8) << "a frame and a task for each operation";
}

}  // namespace
