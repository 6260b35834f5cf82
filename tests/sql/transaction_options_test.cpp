// SPDX-License-Identifier: MIT

#include <patio/sql/transaction_options.hpp>

#include <gtest/gtest.h>

namespace {

using patio::sql::transaction_mode;
using patio::sql::transaction_options;

TEST(transaction_options, wait_for_the_first_write_by_default) {
    EXPECT_EQ(transaction_options{}.mode(), transaction_mode::deferred);
    EXPECT_EQ(transaction_options{}.immediate().mode(), transaction_mode::immediate);
}

}  // namespace
