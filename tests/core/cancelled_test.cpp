// SPDX-License-Identifier: MIT

#include <patio/core/cancelled.hpp>

#include <exception>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

static_assert(!std::is_base_of_v<std::exception, patio::cancelled>);

TEST(cancelled, is_not_caught_as_an_ordinary_exception) {
    bool was_caught_as_itself = false;
    try {
        try {
            throw patio::cancelled{};
        } catch (const std::exception&) {}
    } catch (const patio::cancelled&) {
        was_caught_as_itself = true;
    }
    EXPECT_TRUE(was_caught_as_itself);
}

}  // namespace
