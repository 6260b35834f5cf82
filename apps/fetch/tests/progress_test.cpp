// SPDX-License-Identifier: MIT

#include "progress.hpp"
#include "text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using fetch::canvas;
using fetch::progress;
using patio::duration;
using patio::time_point;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr time_point start{};
time_point after(int milliseconds) { return start + duration::milliseconds(milliseconds); }

progress three_underway() {
    progress state;
    state.underway.push_back({"example.org/long", 1'500'000, 2'000'000, after(0)});
    state.underway.push_back({"example.org/unknown", 12'000, std::nullopt, after(1000)});
    state.underway.push_back({"example.org/waiting", 0, std::nullopt, after(1900)});
    state.done = 17;
    state.waiting = 40;
    state.bytes = 20'000'000;
    return state;
}

TEST(progress, looks_like_this) {
    EXPECT_THAT(
        fetch::draw(three_underway(), canvas{}, after(2000)),
        ElementsAre(
            "example.org/long          ━━━━━━━━━━━━━━━━━━······    1.5 MB of 2.0 MB    2.00 s",
            "example.org/unknown       ···················━━━━━               12 kB    1.00 s",
            "example.org/waiting       ··━━━━╸·················             waiting    0.10 s",
            "17 done, 3 underway, 40 waiting · 22 MB · 2.00 s"));
}

TEST(progress, is_never_wider_or_higher_than_the_terminal) {
    progress state = three_underway();
    for (int i = 0; i < 30; ++i)
        state.underway.push_back({std::string(200, 'x'), 5, 10, after(0)});
    state.failed = 3;
    for (std::size_t columns = 1; columns < 160; ++columns) {
        for (const std::size_t rows : {1U, 3U, 4U, 5U, 10U, 60U}) {
            canvas on;
            on.columns = columns;
            on.rows = rows;
            const auto lines = fetch::draw(state, on, after(5000));
            EXPECT_LE(lines.size(), rows > 2 ? rows - 2 : 1);
            for (const std::string& line : lines)
                EXPECT_LE(fetch::columns_of(line), columns) << line;
        }
    }
}

TEST(progress, says_how_many_it_does_not_show) {
    progress state;
    for (int i = 0; i < 10; ++i)
        state.underway.push_back({"x", 0, std::nullopt, start});
    canvas on;
    on.rows = 7;
    const auto lines = fetch::draw(state, on, start);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_THAT(lines[3], HasSubstr("… and 7 more"));
}

TEST(progress, has_colours_only_where_they_are_wanted) {
    canvas on;
    EXPECT_THAT(fetch::draw(three_underway(), on, start)[0], Not(HasSubstr("\x1b")));
    on.has_colours = true;
    EXPECT_THAT(fetch::draw(three_underway(), on, start)[0], HasSubstr("\x1b[34m"));
}

TEST(progress, has_bars_that_grow_by_half_a_column) {
    EXPECT_EQ(fetch::bar(0, 0, 4), "····");
    EXPECT_EQ(fetch::bar(0, 0.125, 4), "╸···");
    EXPECT_EQ(fetch::bar(0, 0.5, 4), "━━··");
    EXPECT_EQ(fetch::bar(0.125, 0.5, 4), "╺━··");
    EXPECT_EQ(fetch::bar(0, 7, 4), "━━━━");
}

}  // namespace
