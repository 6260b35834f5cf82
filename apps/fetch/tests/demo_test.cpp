// SPDX-License-Identifier: MIT

#include "demo.hpp"

#include "text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using fetch::canvas;
using fetch::lap;
using fetch::race;
using patio::duration;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

duration ms(int count) { return duration::milliseconds(count); }

race finished_race() {
    race state;
    state.paths = {"/tea", "/cake", "/bill"};
    state.one_by_one = {{ms(0), ms(500)}, {ms(500), ms(1500)}, {ms(1500), ms(1750)}};
    state.at_once = {{ms(0), ms(500)}, {ms(0), ms(1000)}, {ms(0), ms(250)}};
    state.one_by_one_length = ms(1750);
    state.at_once_length = ms(1000);
    return state;
}

TEST(demo, draws_both_rounds_on_one_scale) {
    const auto lines = fetch::draw(finished_race(), canvas{}, ms(1000));
    const auto line = [](const char* left, const char* right) {
        return fetch::fitted(left, 51) + right;
    };
    EXPECT_THAT(
        lines, ElementsAre(line("          one after another", "all at once"),
                           line("/tea      ━━━━━━━━━━━ 0.50 s", "━━━━━━━━━━━ 0.50 s"),
                           line("/cake         1.00 s ━━━━━━━━━━━━━━━━━━━━━━",
                                "━━━━━━━━━━━━━━━━━━━━━━ 1.00 s"),
                           line("/bill                               0.25 s ━━━━━", "━━━━━ 0.25 s"),
                           line("          in all 1.75 s", "in all 1.00 s")));
}

TEST(demo, fits_into_every_terminal_that_is_wide_enough) {
    for (std::size_t columns = 50; columns < 200; ++columns) {
        canvas on;
        on.columns = columns;
        for (const std::string& line : fetch::draw(finished_race(), on, ms(1000)))
            EXPECT_LE(fetch::columns_of(line), columns);
    }
}

TEST(demo, shows_what_is_underway) {
    race state = finished_race();
    state.one_by_one = {{ms(0), ms(500)}, {ms(500), {}}, lap{}};
    state.at_once = {lap{}, lap{}, lap{}};
    const auto lines = fetch::draw(state, canvas{}, ms(700));
    EXPECT_THAT(lines[1], HasSubstr("0.50 s"));
    EXPECT_THAT(lines[2], HasSubstr("━ 0.20 s"));
    EXPECT_EQ(lines[3].find("━"), std::string::npos);
    EXPECT_EQ(fetch::verdict_of(state), "");
}

TEST(demo, says_how_much_faster_it_was) {
    EXPECT_THAT(fetch::verdict_of(finished_race()), HasSubstr("1.8 times faster"));
}

}  // namespace
