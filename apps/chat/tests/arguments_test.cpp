// SPDX-License-Identifier: MIT

// What the program is told when it is started, and what it says to what it cannot take.

#include "options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(arguments, may_be_none) {
    const chat::arguments read = chat::read_arguments({});
    EXPECT_FALSE(read.ends);
    EXPECT_EQ(read.run.listen.to_string(), "127.0.0.1:8080");
    EXPECT_EQ(read.run.data, "chat.db");
}

TEST(arguments, say_where_to_listen_and_what_to_keep) {
    const chat::arguments read = chat::read_arguments(
        {"--listen", "[::1]:80", "--data", "x.db", "--history", "201", "--rooms", "2", "--people",
         "3", "--connections", "4", "--per-address", "0", "--origin", "https://a.example",
         "--origin", "http://b.example:8080"});
    ASSERT_FALSE(read.ends) << read.text;
    EXPECT_EQ(read.run.listen.to_string(), "[::1]:80");
    EXPECT_EQ(read.run.data, "x.db");
    EXPECT_EQ(read.run.most.history_messages, 201U);
    EXPECT_EQ(read.run.most.rooms_max, 2U);
    EXPECT_EQ(read.run.most.room_people_max, 3U);
    EXPECT_EQ(read.run.connections_max, 4U);
    EXPECT_EQ(read.run.per_address_max, 0U);
    EXPECT_EQ(read.run.origins,
              (std::vector<std::string>{"https://a.example", "http://b.example:8080"}));
}

TEST(arguments, that_cannot_be_are_named) {
    const std::vector<std::vector<std::string>> all{{"--listen", "here"},
                                                    {"--listen", ""},
                                                    {"--listen", "127.0.0.1:99999"},
                                                    {"--data", ""},
                                                    {"--history", "many"},
                                                    {"--rooms", "0"},
                                                    {"--people", "-1"},
                                                    {"--connections", "1000001"},
                                                    {"--per-address", "1.5"},
                                                    {"--origin", "chat.example.org"},
                                                    {"--origin", "https://"},
                                                    {"--origin", "https://chat.example.org/"}};
    for (const std::vector<std::string>& given : all) {
        const chat::arguments read = chat::read_arguments(given);
        EXPECT_TRUE(read.ends) << given[0] << ' ' << given[1];
        EXPECT_EQ(read.status, 2);
        EXPECT_THAT(read.text, HasSubstr(given[0]));
    }
    EXPECT_EQ(chat::read_arguments({"--unknown"}).status, 2);
    EXPECT_EQ(chat::read_arguments({"extra"}).status, 2);
}

// With 200 a client that has missed 201 would take the 200 that are left for all.
TEST(arguments, keep_more_messages_than_a_client_may_miss) {
    EXPECT_TRUE(chat::read_arguments({"--history", "200"}).ends);
}

TEST(arguments, are_explained_in_short_lines) {
    const chat::arguments read = chat::read_arguments({"--help"});
    EXPECT_TRUE(read.ends);
    EXPECT_EQ(read.status, 0);
    EXPECT_THAT(read.text, HasSubstr("--rooms N=1000 "));
    EXPECT_THAT(read.text, Not(HasSubstr("INT")));
}

}  // namespace
