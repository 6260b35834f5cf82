// SPDX-License-Identifier: MIT

#include "support/http_reading.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::testing;

constexpr http::asked get{};
constexpr http::asked head{true, false, false};
constexpr http::asked connect{false, true, false};
constexpr http::asked upgrade{false, false, true};

TEST(response_parser, tells_answers_with_a_known_end) {
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
                           "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"
                           "HTTP/1.1 500\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n",
                           {get, get, get}),
              "head 200 'OK' 1.1 [Content-Length=2] length=2\nbody ab\nend\n"
              "head 404 '' 1.1 [Content-Length=0] length=0\nend\n"
              "head 500 '' 1.1 [Transfer-Encoding=chunked] chunked\nbody c\nend\nclosed\n");
}

TEST(response_parser, reads_to_the_end_of_the_connection_if_nothing_else_is_said) {
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\n\r\nabc", {get}),
              "head 200 'OK' 1.1 until_close close\nbody abc\nend\nclosed\n");
    EXPECT_EQ(read_answers("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", {get}),
              "head 200 'OK' 1.0 [Connection=keep-alive] until_close close\nend\nclosed\n");
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\n\r\nabc", {get}, input_end::open),
              "head 200 'OK' 1.1 until_close close\nbody abc");
}

TEST(response_parser, says_that_the_input_ended_in_the_middle) {
    const std::string all =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    for (std::size_t size = 1; size < all.size(); ++size) {
        const std::string told = read_answers(all.substr(0, size), {get});
        EXPECT_TRUE(told.ends_with("failed 502 the input ended in the middle of a message at " +
                                   std::to_string(size) + "\n"))
            << size << ": " << told;
    }
}

TEST(response_parser, reads_no_body_where_there_is_none) {
    const std::string framed = "Content-Length: 5\r\n\r\n";
    const std::string next = "HTTP/1.1 204 N\r\n\r\n";
    const std::string told_next = "head 204 'N' 1.1\nend\nclosed\n";
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\n" + framed + next, {head, get}),
              "head 200 'OK' 1.1 [Content-Length=5]\nend\n" + told_next);
    EXPECT_EQ(read_answers("HTTP/1.1 304 N\r\n" + framed + next, {get, get}),
              "head 304 'N' 1.1 [Content-Length=5]\nend\n" + told_next);
    EXPECT_EQ(
        read_answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + next, {head, get}),
        "head 200 'OK' 1.1 [Transfer-Encoding=chunked]\nend\n" + told_next);
}

TEST(response_parser, trusts_no_connection_with_a_body_that_may_not_be) {
    EXPECT_EQ(read_answers("HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nHTTP/", {get, get}),
              "head 204 'N' 1.1 [Content-Length=5] close\nend\nclosed\n");
    EXPECT_EQ(read_answers("HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n", {get, get}),
              "head 204 'N' 1.1 [Transfer-Encoding=chunked] close\nend\nclosed\n");
    EXPECT_EQ(read_answers("HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n", {get, get}),
              "head 204 'N' 1.1 [Content-Length=0]\nend\nclosed\n");
}

TEST(response_parser, tells_interim_answers_in_front) {
    EXPECT_EQ(read_answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
                           {get}),
              "interim 100 'Continue' 1.1\ninterim 103 'Early' 1.1 [Link=a]\n"
              "head 200 'OK' 1.1 [Content-Length=1] length=1\nbody a\nend\nclosed\n");
}

TEST(response_parser, still_waits_for_the_answer_behind_an_interim_one) {
    EXPECT_EQ(read_answers("HTTP/1.1 100 C\r\n\r\n", {get}),
              "interim 100 'C' 1.1\nfailed 502 the input ended in the middle of a message at 0\n");
    http::response_parser parser;
    parser.begin(get);
    EXPECT_TRUE(parser.is_idle());
    patio::byte_view input{"HTTP/1.1 100 C\r\n\r\n"};
    ASSERT_EQ(parser.next(input), http::event::interim);
    EXPECT_FALSE(parser.is_idle());
    patio::byte_view rest{"HTTP/1.1 204 N\r\n\r\n"};
    ASSERT_EQ(parser.next(rest), http::event::head);
    ASSERT_EQ(parser.next(rest), http::event::end);
    EXPECT_TRUE(parser.is_idle());
}

TEST(response_parser, does_not_wait_for_ever_behind_interim_answers) {
    http::limits bounds;
    bounds.interim_count_max = 2;
    const std::string interim = "HTTP/1.1 100 C\r\n\r\n";
    const std::string final = "HTTP/1.1 204 N\r\n\r\n";
    const std::string told = "interim 100 'C' 1.1\ninterim 100 'C' 1.1\n";
    EXPECT_EQ(
        read_answers(interim + interim + final + interim, {get, get}, input_end::open, bounds),
        told + "head 204 'N' 1.1\nend\ninterim 100 'C' 1.1\n");
    EXPECT_EQ(read_answers(interim + interim + interim, {get}, input_end::open, bounds),
              told + "failed 502 too many interim answers at 18\n");
}

TEST(response_parser, hands_over_behind_a_protocol_that_was_asked_for) {
    const std::string text =
        "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81";
    EXPECT_EQ(read_answers(text, {upgrade}, input_end::open),
              "head 101 'S' 1.1 [Connection=upgrade] [Upgrade=websocket] upgrade=websocket\n"
              "upgraded\n");
    EXPECT_EQ(read_answers(text, {get}), "failed 502 an answer that nobody asked for at 59\n");
    EXPECT_EQ(read_answers("HTTP/1.1 101 S\r\n\r\n", {upgrade}),
              "failed 502 an answer that nobody asked for at 18\n");
    EXPECT_EQ(read_answers("HTTP/1.1 204 N\r\n\r\n", {upgrade}), "head 204 'N' 1.1\nend\nclosed\n");
}

TEST(response_parser, hands_over_behind_a_tunnel) {
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\n\r\nabc", {connect}),
              "head 200 'OK' 1.1\nupgraded\n");
    EXPECT_EQ(read_answers("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", {connect}),
              "head 200 'OK' 1.1 [Content-Length=3] close\nupgraded\n")
        << "RFC 9110 section 9.3.6: it is to be ignored";
    EXPECT_EQ(read_answers("HTTP/1.1 407 P\r\nContent-Length: 1\r\n\r\na", {connect}),
              "head 407 'P' 1.1 [Content-Length=1] length=1\nbody a\nend\nclosed\n");
}

TEST(response_parser, takes_no_answer_that_nobody_asked_for) {
    EXPECT_EQ(read_answers("HTTP/1.1 408 T\r\n\r\n", {}),
              "failed 502 an answer that nobody asked for at 0\n");
    EXPECT_EQ(read_answers("HTTP/1.1 204 N\r\n\r\nH", {get}),
              "head 204 'N' 1.1\nend\nfailed 502 an answer that nobody asked for at 0\n");
    EXPECT_EQ(read_answers("", {}), "closed\n");
    EXPECT_EQ(read_answers("", {get}), "closed\n")
        << "whoever asked knows that an answer is missing";
}

TEST(response_parser, takes_no_empty_line_in_front) {
    EXPECT_EQ(read_answers("\r\nHTTP/1.1 204 N\r\n\r\n", {get}),
              "failed 502 the first line is none of HTTP at 0\n");
}

TEST(response_parser, refuses_ambiguous_bodies) {
    const std::string line = "HTTP/1.1 200 OK\r\n";
    for (const char* fields :
         {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
          "Content-Length: +1\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked\r\n"
          "Transfer-Encoding: chunked\r\n"}) {
        const std::string told = read_answers(line + fields + "\r\n", {get});
        EXPECT_TRUE(told.starts_with("failed 502 ")) << fields << told;
    }
    EXPECT_EQ(read_answers("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {get}),
              "failed 502 Transfer-Encoding in HTTP/1.0 at 47\n");
}

}  // namespace
