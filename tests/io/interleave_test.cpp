// SPDX-License-Identifier: MIT

#include "io/interleave.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "6a" is an IPv6 address, "4a" an IPv4 one; the letter tells which.
std::vector<std::string> order_of(const std::vector<std::string>& names) {
    std::vector<patio::endpoint> endpoints;
    for (const std::string& name : names) {
        const auto letter = static_cast<std::uint8_t>(name[1]);
        patio::ip_address::v6_bytes bytes{};
        bytes[15] = letter;
        endpoints.emplace_back(name[0] == '6' ? patio::ip_address::v6(bytes)
                                              : patio::ip_address::v4(192, 0, 2, letter),
                               80);
    }
    std::vector<std::string> order;
    for (const patio::endpoint& each : patio::detail::interleave(endpoints)) {
        const auto& address = each.address();
        EXPECT_EQ(each.port(), 80);
        order.push_back((address.is_v6() ? std::string{"6"} : std::string{"4"}) +
                        static_cast<char>(address.data()[address.size() - 1]));
    }
    return order;
}

TEST(interleaving, lets_the_families_take_turns) {
    EXPECT_THAT(order_of({"6a", "6b", "4a", "4b"}), ElementsAre("6a", "4a", "6b", "4b"));
    EXPECT_THAT(order_of({"6a", "4a", "4b", "6b"}), ElementsAre("6a", "4a", "6b", "4b"));
}

TEST(interleaving, begins_with_the_family_that_comes_first) {
    EXPECT_THAT(order_of({"4a", "4b", "6a", "6b"}), ElementsAre("4a", "6a", "4b", "6b"));
}

TEST(interleaving, keeps_the_rest_when_one_family_is_used_up) {
    EXPECT_THAT(order_of({"6a", "6b", "6c", "6d", "4a"}),
                ElementsAre("6a", "4a", "6b", "6c", "6d"));
    EXPECT_THAT(order_of({"6a", "4a", "4b", "4c"}), ElementsAre("6a", "4a", "4b", "4c"));
}

TEST(interleaving, changes_nothing_where_there_is_one_family) {
    EXPECT_THAT(order_of({}), IsEmpty());
    EXPECT_THAT(order_of({"4a"}), ElementsAre("4a"));
    EXPECT_THAT(order_of({"6a", "6b", "6c"}), ElementsAre("6a", "6b", "6c"));
}

}  // namespace
