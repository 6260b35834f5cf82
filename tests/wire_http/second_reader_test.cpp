// SPDX-License-Identifier: MIT

// The second reader that stands behind all tests of the parsers has to see for itself.

#include "support/second_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using patio::testing::second_reader;
using kind = second_reader::kind;

const std::string post =
    "POST /a HTTP/1.1\r\nHost: b\r\nX:  1\t\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(second_reader, tells_heads_bodies_and_trailers) {
    second_reader reader{kind::request};
    reader.feed(post);
    EXPECT_EQ(reader.head(), "POST /a 1.1 [Host=b] [X=1] [Transfer-Encoding=chunked] chunked");
    reader.feed("3\r\nabc\r\n0");
    EXPECT_EQ(reader.body(), "abc");
    EXPECT_FALSE(reader.is_complete());
    reader.feed("\r\nT: u\r\n\r\n");
    EXPECT_EQ(reader.trailers(), " [T=u]");
    EXPECT_TRUE(reader.is_complete());
    reader.feed("GET /b HTTP/1.0\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(reader.head(), "GET /b 1.0 [Content-Length=3] length=3");
    EXPECT_EQ(reader.body(), "");
    EXPECT_FALSE(reader.is_complete());
}

TEST(second_reader, says_that_bytes_are_left_behind_a_message) {
    second_reader reader{kind::request};
    reader.feed("GET / HTTP/1.1\r\n\r\nGET");
    EXPECT_EQ(reader.head().substr(0, 10), "HPE_PAUSED");
}

TEST(second_reader, says_why_it_refuses) {
    second_reader reader{kind::request};
    reader.feed("GET / HTTP/1.1\r\nHost b\r\n\r\n");
    EXPECT_EQ(reader.head().substr(0, 24), "HPE_INVALID_HEADER_TOKEN");
}

TEST(second_reader, has_no_opinion_behind_some_chunk_extensions) {
    for (const char* line : {"3;a=b;c", "3;a=\"\\\"\""}) {
        second_reader reader{kind::request};
        reader.feed(post + "3;a=b\r\nabc\r\n3;a");
        EXPECT_FALSE(reader.has_given_up());
        reader.feed(std::string_view{line}.substr(3));
        EXPECT_TRUE(reader.has_given_up()) << line;
    }
    second_reader reader{kind::request};
    reader.feed(post + "3\r\nabcd\r\nx");
    EXPECT_NE(reader.head().find("HPE_"), std::string::npos);
    EXPECT_FALSE(reader.has_given_up()) << "that is no extension";
}

TEST(second_reader, reads_answers_to_what_was_asked) {
    second_reader reader{kind::response};
    reader.begin({.is_head = true, .is_connect = false, .is_upgrade = false});
    reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    EXPECT_TRUE(reader.is_complete());
    reader.begin({});
    reader.feed("HTTP/1.1 200 Fine\r\n\r\nab");
    EXPECT_EQ(reader.head(), "200 'Fine' 1.1");
    EXPECT_FALSE(reader.is_complete());
    reader.finish();
    EXPECT_TRUE(reader.is_complete());
    EXPECT_EQ(reader.body(), "ab");
}

}  // namespace
