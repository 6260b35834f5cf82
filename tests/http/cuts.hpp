// SPDX-License-Identifier: MIT
#pragma once

// Feeds a machine with the same input in every way that a network may cut it.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patio_tests {

using pieces = std::vector<std::string_view>;

/// Calls `feed(pieces)`, which returns what a fresh machine said, with the input as a whole, byte
/// by byte, and cut in two at each place. **Returns** what it said of the whole; all others must
/// say the same.
template <class Feed>
std::string feed_in_all_ways(std::string_view input, Feed feed) {
    const std::string whole = feed(pieces{input});
    pieces bytes;
    for (std::size_t i = 0; i < input.size(); ++i)
        bytes.push_back(input.substr(i, 1));
    EXPECT_EQ(feed(bytes), whole) << "byte by byte";
    for (std::size_t i = 0; i <= input.size(); ++i) {
        const std::string cut = feed(pieces{input.substr(0, i), input.substr(i)});
        EXPECT_EQ(cut, whole) << "cut at " << i;
        if (cut != whole) break;
    }
    return whole;
}

}  // namespace patio_tests
