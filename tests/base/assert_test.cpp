// SPDX-License-Identifier: MIT
// What happens when the condition does not hold is tested in crash/assert.cpp.

#include <patio/base/assert.hpp>

#include <gtest/gtest.h>

namespace {

TEST(assert, lets_pass_what_holds) {
    PATIO_ASSERT(1 + 1 == 2, "arithmetic works");
    const int* const null = nullptr;
    PATIO_ASSERT(!null, "the condition is taken as a truth value");
}

TEST(assert, evaluates_its_condition_once) {
    int count = 0;
    PATIO_ASSERT(++count > 0, "the count grows");
    EXPECT_EQ(count, 1);
}

TEST(assert, is_an_expression) {
    const int value = (PATIO_ASSERT(true, "true"), 5);
    EXPECT_EQ(value, 5);
}

}  // namespace
