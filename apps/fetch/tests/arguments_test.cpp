// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using fetch::arguments;
using fetch::read_arguments;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using words = std::vector<std::string>;

void expect_refused(const words& given, const std::string& why) {
    const arguments read = read_arguments(given);
    EXPECT_TRUE(read.ends);
    EXPECT_EQ(read.status, 2);
    EXPECT_THAT(read.text, HasSubstr(why));
}

TEST(arguments, say_what_to_fetch) {
    const arguments read = read_arguments({"example.org", "https://example.org/x", "--out", "d"});
    EXPECT_FALSE(read.ends) << read.text;
    EXPECT_THAT(read.run.urls, ElementsAre("example.org", "https://example.org/x"));
    EXPECT_EQ(read.run.state_path(), "d/state.db");
}

TEST(arguments, say_how_to_fetch_it) {
    const arguments read = read_arguments(
        {"--crawl", "http://x", "--depth", "2", "--pages", "7", "--delay", "200ms", "--timeout",
         "1.5", "--max-bytes", "2k", "--concurrency", "9", "--per-host", "3", "--retries", "0"});
    EXPECT_FALSE(read.ends) << read.text;
    EXPECT_EQ(read.run.depth_max, 2);
    EXPECT_EQ(read.run.timeout, patio::duration::milliseconds(1500));
    EXPECT_EQ(read.run.bytes_max, 2048U);
    EXPECT_EQ(read.run.limits().underway_max, 9U);
    EXPECT_EQ(read.run.limits().host_underway_max, 3U);
    EXPECT_EQ(read.run.limits().pages_max, 7U);
    EXPECT_EQ(read.run.limits().delay, patio::duration::milliseconds(200));
}

TEST(arguments, that_say_sequential_mean_one) {
    const arguments read = read_arguments({"--sequential", "--concurrency", "9", "x.org"});
    EXPECT_EQ(read.run.limits().underway_max, 1U);
}

TEST(arguments, are_refused_with_a_sentence) {
    expect_refused({}, "nothing to fetch");
    expect_refused({"--crawl", "x.org", "y.org"}, "--crawl begins with one page");
    expect_refused({"ftp://x.org"}, "\"ftp://x.org\" is no URL of http or https");
    expect_refused({"--crawl", "http://["}, "is no URL");
    expect_refused({"--timeout", "soon", "x.org"}, "\"soon\" is no time");
    expect_refused({"--concurrency", "0", "x.org"}, "--concurrency");
    expect_refused({"--unknown", "x.org"}, "--unknown");
    expect_refused({"--ca", "/nowhere/at/all", "x.org"}, "/nowhere/at/all");
    expect_refused({"--user-agent", "a\nb", "x.org"}, "one line");
}

TEST(arguments, explain_themselves) {
    const arguments read = read_arguments({"--help"});
    EXPECT_TRUE(read.ends);
    EXPECT_EQ(read.status, 0);
    EXPECT_THAT(read.text, HasSubstr("--demo"));
    EXPECT_THAT(read.text, HasSubstr("130"));
}

TEST(arguments, can_be_given_once_more_to_go_on) {
    const auto command = [](const words& given) {
        return fetch::resume_command(read_arguments(given).run);
    };
    EXPECT_EQ(command({"--out", "my dir", "--crawl", "http://x/?a&b"}),
              "patio-fetch --out 'my dir' --crawl 'http://x/?a&b' --resume");
    EXPECT_EQ(command({"x.org", "--resume"}), "patio-fetch x.org --resume");
    EXPECT_EQ(command({"--from", "-", "--out", "d"}), "patio-fetch --out d --resume");
}

}  // namespace
