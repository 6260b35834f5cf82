// SPDX-License-Identifier: MIT

#include "summary.hpp"

#include <gtest/gtest.h>

namespace {

using fetch::page_result;
using patio::duration;

page_result page(const char* kind = "") {
    page_result result;
    result.bytes = 1500;
    result.kind = kind;
    return result;
}

TEST(summary, compares_with_one_after_the_other) {
    fetch::summary counts;
    for (int i = 0; i < 4; ++i)
        counts.add(page(), duration::seconds(1));
    EXPECT_EQ(counts.text(duration::seconds(2)),
              "4 pages, 6.0 kB in 2.00 s: 2.0 times faster than one after the other (4.00 s)\n");
}

TEST(summary, says_nothing_of_speed_where_there_is_none) {
    fetch::summary counts;
    counts.add(page(), duration::seconds(1));
    EXPECT_EQ(counts.text(duration::seconds(1)), "1 page, 1.5 kB in 1.00 s\n");
}

TEST(summary, counts_failures_by_kind) {
    fetch::summary counts;
    for (const char* kind : {"404", "timeout", "404", "robots.txt"})
        counts.add(page(kind), duration{});
    EXPECT_EQ(counts.failed(), 3U);
    EXPECT_EQ(counts.text(duration::seconds(1)),
              "0 pages, 6.0 kB in 1.00 s\n"
              "3 failed: 2 × 404, 1 × timeout\n"
              "1 left out, as robots.txt asks\n");
}

}  // namespace
