// SPDX-License-Identifier: MIT

// What an operation leaves behind when an allocation in it fails: each of its allocations in turn.
// In a program of its own, because it replaces operator new.

#include <patio/core/as_completed.hpp>
#include <patio/core/as_outcome.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
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

TEST(lack_of_memory, leaves_a_context_var_as_it_was_if_it_cannot_be_bound) {
    const auto old_value = std::make_shared<int>(1);
    const auto new_value = std::make_shared<int>(2);
    patio::context_var<std::shared_ptr<int>> variable;
    patio::context_var<int> other;
    int failures = 0;
    long failing = 0;
    const auto main = [&]() -> async<> {
        variable.set(old_value);
        other.set(7);  // what is found below it must be copied
        const long count = old_value.use_count();
        try {
            allocations_left = failing;
            const patio::context_var<std::shared_ptr<int>>::binding bound{variable, new_value};
            allocations_left = -1;
            EXPECT_EQ(variable.get(), new_value);
        } catch (const std::bad_alloc&) {
            allocations_left = -1;
            ++failures;
        }
        EXPECT_EQ(variable.get(), old_value);
        EXPECT_EQ(other.get(), 7);
        EXPECT_EQ(old_value.use_count(), count);
        EXPECT_EQ(new_value.use_count(), 1);
        co_return;
    };
    for (; failures == failing; ++failing)
        patio::testing::run(main);
    EXPECT_EQ(failures, 4) << "the value before, the value, the copy of the other, its own place";
    EXPECT_EQ(old_value.use_count(), 1);
}

TEST(lack_of_memory, does_not_keep_a_binding_from_restoring_the_value_before) {
    for (const bool was_set : {false, true}) {
        patio::context_var<int> variable{1};
        patio::context_var<int> other;
        patio::testing::run([&]() -> async<> {
            const auto value = [&] { return variable.get(); };
            if (was_set) variable.set(2);
            const int before = value();
            {
                const patio::context_var<int>::binding bound{variable, 3};
                other.set(4);  // must be copied to take out what is below it
                allocations_left = 0;
            }
            EXPECT_EQ(allocations_left, -1) << "an allocation has failed";
            EXPECT_EQ(value(), before);
            EXPECT_EQ(other.get(), 4);
            variable.reset();  // nothing that was hidden comes out again
            EXPECT_EQ(value(), 1);
            EXPECT_EQ(other.get(), 4);
            co_return;
        });
    }
}

// None is missing: as_outcome allocates nothing around a coroutine, and one frame for another
// operation.
TEST(lack_of_memory, does_not_meet_as_outcome) {
    const auto main = []() -> async<> {
        auto operation = give(1);
        allocations_left = 0;
        const auto given = co_await patio::as_outcome(std::move(operation));
        allocations_left = 1;
        const auto yielded = co_await patio::as_outcome(patio::yield());
        allocations_left = -1;
        EXPECT_EQ(given.value(), 1);
        EXPECT_TRUE(yielded);
    };
    patio::testing::run(main);
}

}  // namespace
