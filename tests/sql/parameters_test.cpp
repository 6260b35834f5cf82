// SPDX-License-Identifier: MIT

#include <patio/sql/parameters.hpp>

#include <patio/sql/executed.hpp>
#include <patio/sql/transaction_options.hpp>
#include <patio/sql/value.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

namespace {

using patio::sql::parameters;
using patio::sql::value;

TEST(parameters, are_values_in_order) {
    const parameters made = parameters::of(1, "two", nullptr);
    EXPECT_EQ(made.size(), 3U);
    EXPECT_EQ(made[0], value{std::int64_t{1}});
    EXPECT_EQ(made[1], value{std::string{"two"}});
    EXPECT_EQ(made[2], value{});
}

TEST(parameters, are_made_from_tuples_and_one_by_one) {
    parameters made = parameters::of(std::tuple{1, 2.5});
    made.add(std::string{"x"}).add(true);
    EXPECT_EQ(made.size(), 4U);
    EXPECT_EQ(made[1], value{2.5});
    EXPECT_EQ(made[3], value{std::int64_t{1}});
}

}  // namespace
