// SPDX-License-Identifier: MIT

#include "support/http_reading.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::testing;

TEST(request_parser, tells_the_head_and_the_end) {
    EXPECT_EQ(read_requests("GET /a?b HTTP/1.1\r\nHost: c\r\nAccept:\r\nX: \t1 2\t \r\n\r\n"),
              "head GET /a?b 1.1 [Host=c] [Accept=] [X=1 2]\nend\nclosed\n");
    EXPECT_EQ(read_requests("GET / HTTP/1.0\r\n\r\n"), "head GET / 1.0 close\nend\nclosed\n");
}

TEST(request_parser, tells_a_body_of_known_length) {
    EXPECT_EQ(read_requests("PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\n\r\nab\r\nc"),
              "head PUT / 1.1 [Host=c] [Content-Length=5] length=5\nbody ab\r\nc\nend\nclosed\n");
    EXPECT_EQ(read_requests("PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 0\r\n\r\n"),
              "head PUT / 1.1 [Host=c] [Content-Length=0] length=0\nend\nclosed\n");
    EXPECT_EQ(read_requests("PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 003\r\n\r\nabc"),
              "head PUT / 1.1 [Host=c] [Content-Length=003] length=3\nbody abc\nend\nclosed\n");
}

TEST(request_parser, tells_a_body_in_chunks_and_its_trailers) {
    const std::string head = "POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: Chunked\r\n\r\n";
    const std::string told = "head POST / 1.1 [Host=c] [Transfer-Encoding=Chunked] chunked\n";
    EXPECT_EQ(read_requests(head + "3\r\nabc\r\n00A;x=\"y\"\r\n0123\r\n6789\r\n0\r\n\r\n"),
              told + "body abc0123\r\n6789\nend\nclosed\n");
    EXPECT_EQ(read_requests(head + "0\r\n\r\n"), told + "end\nclosed\n");
    EXPECT_EQ(read_requests(head + "1\r\n\n\r\n000;a\r\nA: b\r\nC:\r\n\r\n"),
              told + "body \n\ntrailers [A=b] [C=]\nend\nclosed\n");
}

TEST(request_parser, takes_several_chunk_extensions) {
    EXPECT_EQ(read_requests("POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3;a=b;5\r\nabc\r\n0;a=3;b=\"c\"\r\n\r\n"),
              "head POST / 1.1 [Host=c] [Transfer-Encoding=chunked] chunked\nbody abc\n"
              "end\nclosed\n");
}

TEST(request_parser, goes_on_with_the_next_message_in_the_same_input) {
    const std::string get = "GET /1 HTTP/1.1\r\nHost: c\r\n\r\n";
    const std::string post =
        "POST /2 HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\na\r\n0\r\nT: u\r\n\r\n";
    const std::string put = "PUT /3 HTTP/1.1\r\nHost: c\r\nContent-Length: 1\r\n\r\nb";
    const std::string told_get = "head GET /1 1.1 [Host=c]\nend\n";
    const std::string told_post =
        "head POST /2 1.1 [Host=c] [Transfer-Encoding=chunked] chunked\n"
        "body a\ntrailers [T=u]\nend\n";
    const std::string told_put =
        "head PUT /3 1.1 [Host=c] [Content-Length=1] length=1\nbody b\nend\n";
    EXPECT_EQ(read_requests(get + post + put + post + get),
              told_get + told_post + told_put + told_post + told_get + "closed\n");
}

TEST(request_parser, leaves_what_follows_the_end_in_the_input) {
    http::request_parser parser;
    const std::string_view text = "GET / HTTP/1.1\r\nHost: c\r\n\r\nGET";
    patio::byte_view input{text};
    EXPECT_TRUE(parser.is_idle());
    ASSERT_EQ(parser.next(input), http::event::head);
    EXPECT_FALSE(parser.is_idle());
    ASSERT_EQ(parser.next(input), http::event::end);
    EXPECT_TRUE(parser.is_idle());
    EXPECT_EQ(input.size(), 3u);
    ASSERT_EQ(parser.next(input), http::event::need_more);
    EXPECT_FALSE(parser.is_idle());
}

TEST(request_parser, gives_bodies_without_copying_them) {
    http::request_parser parser;
    const std::string_view text = "PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 9\r\n\r\nabcdef";
    patio::byte_view input{text};
    ASSERT_EQ(parser.next(input), http::event::head);
    const auto* expected = input.data();
    ASSERT_EQ(parser.next(input), http::event::body);
    EXPECT_EQ(parser.body().data(), expected);
    EXPECT_EQ(parser.body().size(), 6u);
}

TEST(request_parser, keeps_the_head_until_the_next_message) {
    http::request_parser parser;
    patio::byte_view input{
        "PUT /abc HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\nx\r\n0\r\nA: b\r\n\r\nGET /d HTTP/1.1\r\nHost: e\r\n\r\n"};
    for (const auto expected :
         {http::event::head, http::event::body, http::event::trailers, http::event::end}) {
        ASSERT_EQ(parser.next(input), expected);
        EXPECT_EQ(describe(parser.head()),
                  "PUT /abc 1.1 [Host=c] [Transfer-Encoding=chunked] chunked");
    }
    EXPECT_EQ(describe(parser.trailers()), " [A=b]");
    ASSERT_EQ(parser.next(input), http::event::head);
    EXPECT_EQ(describe(parser.head()), "GET /d 1.1 [Host=e]");
}

TEST(request_parser, reads_nothing_behind_a_last_request) {
    const std::string told = "head GET / 1.1 [Host=c] [Connection=a, Close] close\nend\nclosed\n";
    EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost: c\r\nConnection: a, Close\r\n\r\nGET"), told);
    EXPECT_EQ(read_requests("GET / HTTP/1.0\r\n\r\nnonsense"),
              "head GET / 1.0 close\nend\nclosed\n");
    EXPECT_EQ(
        read_requests("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                      "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"),
        "head GET / 1.0 [Connection=keep-alive]\nend\n"
        "head GET / 1.0 [Connection=keep-alive] [Connection=close] close\nend\nclosed\n");
    EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost: c\r\nProxy-Connection: close\r\n\r\n"),
              "head GET / 1.1 [Host=c] [Proxy-Connection=close]\nend\nclosed\n");
}

TEST(request_parser, ignores_one_empty_line_in_front) {
    const std::string get = "GET / HTTP/1.1\r\nHost: c\r\n\r\n";
    const std::string told = "head GET / 1.1 [Host=c]\nend\n";
    EXPECT_EQ(read_requests("\r\n" + get + "\r\n" + get), told + told + "closed\n");
    EXPECT_EQ(read_requests("\r\n"), "closed\n");
    EXPECT_EQ(read_requests("\r\n\r\n" + get), "failed 400 the first line is none of HTTP at 0\n");
    EXPECT_EQ(read_requests("\n" + get), "failed 400 an LF without CR at 0\n");
}

TEST(request_parser, says_that_the_input_ended_in_the_middle) {
    const std::string all =
        "POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: "
        "u\r\n\r\n";
    for (std::size_t size = 1; size < all.size(); ++size) {
        const std::string told = read_requests(all.substr(0, size));
        EXPECT_TRUE(told.ends_with("failed 400 the input ended in the middle of a message at " +
                                   std::to_string(size) + "\n"))
            << size << ": " << told;
    }
    EXPECT_EQ(read_requests(""), "closed\n");
    EXPECT_EQ(read_requests("PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\na"),
              "head PUT / 1.1 [Host=c] [Content-Length=2] length=2\nbody a\n"
              "failed 400 the input ended in the middle of a message at 47\n");
}

TEST(request_parser, fails_for_good) {
    http::request_parser parser;
    patio::byte_view input{"\n"};
    EXPECT_EQ(parser.next(input), http::event::failed);
    patio::byte_view more{"GET / HTTP/1.1\r\nHost: c\r\n\r\n"};
    EXPECT_EQ(parser.next(more), http::event::failed);
    EXPECT_EQ(parser.failure().what, http::problem::bare_lf);
    EXPECT_EQ(parser.failure().status, 400);
}

TEST(request_parser, knows_when_continue_is_expected) {
    const std::string body = "Host: c\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\na";
    EXPECT_NE(read_requests("PUT / HTTP/1.1\r\n" + body).find(" expects_continue"),
              std::string::npos);
    EXPECT_EQ(read_requests("PUT / HTTP/1.0\r\n" + body).find(" expects_continue"),
              std::string::npos)
        << "RFC 9110 section 10.1.1";
    EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\n\r\n"),
              "head GET / 1.1 [Host=c] [Expect=100-continue]\nend\nclosed\n");
    EXPECT_EQ(read_requests("PUT / HTTP/1.1\r\nHost: c\r\nExpect: 200-ok\r\n\r\n"),
              "failed 417 Expect asks for more than 100-continue at 43\n");
}

TEST(request_parser, lets_its_owner_switch_to_another_protocol) {
    http::request_parser parser;
    const std::string_view text =
        "GET / HTTP/1.1\r\nHost: c\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00";
    patio::byte_view input{text};
    ASSERT_EQ(parser.next(input), http::event::head);
    EXPECT_EQ(parser.head().meaning.upgrade, "websocket");
    ASSERT_EQ(parser.next(input), http::event::end);
    parser.switch_protocol();
    EXPECT_EQ(parser.next(input), http::event::upgraded);
    EXPECT_EQ(parser.next(input), http::event::upgraded);
    EXPECT_EQ(input.size(), 1u) << "a literal ends with its first zero";
}

TEST(request_parser, goes_on_when_its_owner_does_not_switch) {
    const std::string upgrade =
        "GET / HTTP/1.1\r\nHost: c\r\nConnection: upgrade, x\r\nUpgrade: h2c\r\n\r\n";
    const std::string told =
        "head GET / 1.1 [Host=c] [Connection=upgrade, x] [Upgrade=h2c] upgrade=h2c\nend\n";
    EXPECT_EQ(read_requests(upgrade + upgrade), told + told + "closed\n");
    const std::string connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    const std::string told_connect = "head CONNECT a:443 1.1 [Host=a:443]\nend\n";
    EXPECT_EQ(read_requests(connect + connect), told_connect + told_connect + "closed\n");
}

TEST(request_parser, takes_an_upgrade_only_if_the_connection_names_it) {
    EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost: c\r\nUpgrade: h2c\r\n\r\n"),
              "head GET / 1.1 [Host=c] [Upgrade=h2c]\nend\nclosed\n");
    EXPECT_EQ(read_requests("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
              "head GET / 1.0 [Connection=upgrade] [Upgrade=h2c] close\nend\nclosed\n")
        << "RFC 9110 section 7.8";
}

TEST(request_parser, says_which_methods_it_does_not_know) {
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH",
                               "PROPFIND", "M-SEARCH", "PURGE"}) {
        const std::string told =
            read_requests(std::string{method} + " / HTTP/1.1\r\nHost: c\r\n\r\n");
        EXPECT_TRUE(told.starts_with("head ")) << told;
    }
    for (const char* method : {"get", "GETX", "G", "BREW", "DESCRIBE", "SETUP", "!"}) {
        const std::string told =
            read_requests(std::string{method} + " / HTTP/1.1\r\nHost: c\r\n\r\n");
        EXPECT_EQ(told, "failed 501 the method is not known at 0\n") << method;
    }
}

TEST(request_parser, can_be_moved_in_the_middle_of_a_message) {
    http::request_parser first;
    patio::byte_view input{"GET / HTTP/1.1\r\nHost: c"};
    ASSERT_EQ(first.next(input), http::event::need_more);
    http::request_parser second{std::move(first)};
    patio::byte_view rest{"d\r\n\r\n"};
    ASSERT_EQ(second.next(rest), http::event::head);
    EXPECT_EQ(second.head().authority, "cd");
}

}  // namespace
