// SPDX-License-Identifier: MIT

#include <patio/core/transport.hpp>

#include <patio/core/stream.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

namespace {

TEST(transport, stands_on_nothing_and_has_no_descriptor_unless_it_says_so) {
    patio::testing::run([]() -> patio::async<> {
        auto pair = patio::testing::memory_streams();
        EXPECT_EQ(pair.first.carrier()->next_layer(), nullptr);
        EXPECT_EQ(pair.first.carrier()->native_handle(), -1);
        co_return;
    });
}

}  // namespace
